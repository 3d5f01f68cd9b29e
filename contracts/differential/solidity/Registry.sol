// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Names with values: strings and dynamic arrays in storage, packed variables, money.
contract Registry {
    struct Record {
        address owner;
        uint64 expires;
        bool frozen;
        string value;
        bytes32[] tags;
    }

    mapping(string => Record) private records;
    mapping(address => uint256) public countOf;
    string[] private names;
    uint256 public fee;
    address public keeper;

    event Registered(string indexed key, address indexed owner, string name, string value);
    event Updated(string indexed key, string value);
    event Moved(string indexed key, address indexed from, address indexed to);
    event Tagged(string indexed key, bytes32 tag, uint256 index);
    event Released(string indexed key);
    event Frozen(string indexed key, bool frozen);

    error NotKeeper(address account);
    error NotOwner(string name, address account);
    error Taken(string name, address owner);
    error IsFrozen(string name);
    error BadLength(uint256 length);
    error TooCheap(uint256 paid, uint256 needed);

    constructor(uint256 firstFee, address keeper_) {
        fee = firstFee;
        keeper = keeper_;
    }

    receive() external payable {}

    function register(string calldata name, string calldata value) external payable returns (uint256 index) {
        if (bytes(name).length < 3 || bytes(name).length > 64) revert BadLength(bytes(name).length);
        if (msg.value < fee) revert TooCheap(msg.value, fee);
        Record storage r = records[name];
        if (r.owner != address(0)) revert Taken(name, r.owner);
        r.owner = msg.sender;
        r.expires = 1;
        r.value = value;
        countOf[msg.sender] += 1;
        index = names.length;
        names.push(name);
        emit Registered(name, msg.sender, name, value);
    }

    function update(string calldata name, string calldata value) external {
        Record storage r = owned(name);
        if (r.frozen) revert IsFrozen(name);
        r.value = value;
        emit Updated(name, value);
    }

    function renew(string calldata name, uint64 period) external returns (uint64) {
        Record storage r = owned(name);
        r.expires += period;
        return r.expires;
    }

    function move(string calldata name, address to) external {
        Record storage r = owned(name);
        require(to != address(0), "to nobody");
        countOf[msg.sender] -= 1;
        countOf[to] += 1;
        r.owner = to;
        emit Moved(name, msg.sender, to);
    }

    function tag(string calldata name, bytes32 what) external returns (uint256 index) {
        Record storage r = owned(name);
        index = r.tags.length;
        r.tags.push(what);
        emit Tagged(name, what, index);
    }

    /// Panics where there is none.
    function untag(string calldata name) external {
        owned(name).tags.pop();
    }

    function release(string calldata name) external {
        Record storage r = owned(name);
        while (r.tags.length > 0) r.tags.pop();
        delete records[name];
        countOf[msg.sender] -= 1;
        emit Released(name);
    }

    function freeze(string calldata name, bool frozen) external {
        onlyKeeper();
        records[name].frozen = frozen;
        emit Frozen(name, frozen);
    }

    function setFee(uint256 to) external {
        onlyKeeper();
        fee = to;
    }

    function withdraw(address payable to, uint256 amount) external {
        onlyKeeper();
        (bool done, ) = to.call{value: amount}("");
        require(done, "not paid");
    }

    function record(string calldata name)
        external
        view
        returns (address owner, uint64 expires, bool frozen, string memory value, bytes32[] memory tags)
    {
        Record storage r = records[name];
        return (r.owner, r.expires, r.frozen, r.value, r.tags);
    }

    /// Panics past the end.
    function tagAt(string calldata name, uint256 index) external view returns (bytes32) {
        return records[name].tags[index];
    }

    function nameAt(uint256 index) external view returns (string memory) {
        return names[index];
    }

    function owned(string calldata name) private view returns (Record storage r) {
        r = records[name];
        if (r.owner != msg.sender) revert NotOwner(name, msg.sender);
    }

    function onlyKeeper() private view {
        if (msg.sender != keeper) revert NotKeeper(msg.sender);
    }
}
