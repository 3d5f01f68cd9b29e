// SPDX-License-Identifier: Apache-2.0
// Written by `ghostvm system interface`: change src/system/*.inc instead.
pragma solidity >=0.8.4;

/// @notice Names (ZNS): registration, records, sub-names, and names as ERC-721 tokens. The account's GHOST is
/// the treasury.
interface INames {
    /// A record: a type of DNS by its number, and its data as DNS has it on the wire, names uncompressed and in
    /// lower case. Records of one type share the greatest ttl given.
    struct Record {
        uint16 rtype;
        uint32 ttl;
        bytes data;
    }

    /// What is registered. phase: 0 free, 1 active, 2 grace, 3 expired. created and expires are the
    /// second-level name's.
    struct NameInfo {
        bytes32 node;
        string name;
        uint8 phase;
        address owner;
        address manager;
        uint64 created;
        uint64 expires;
        uint32 version;
    }

    /// The contract has no function with this selector.
    error UnknownFunction(bytes4 selector);

    /// The calldata is not the canonical encoding of the function's arguments.
    error InvalidArguments();

    /// The function takes no value.
    error NotPayable();

    /// The account does not hold the permission that the function asks for.
    error MissingPermission(address account, uint8 permission);

    /// Nothing answers at this address yet.
    error NotAvailable(address contractAddress);

    /// The account holds less than is to be moved (ERC-6093).
    error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);

    /// Tokens cannot come from this address (ERC-6093).
    error ERC20InvalidSender(address sender);

    /// Tokens cannot go to this address (ERC-6093).
    error ERC20InvalidReceiver(address receiver);

    /// The owner has allowed less than is to be moved (ERC-6093).
    error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);

    /// Nothing can be allowed to this address (ERC-6093).
    error ERC20InvalidSpender(address spender);

    /// Tokens are 1 GCC, 2 SPIRIT, 3 MANA, 4 GHOST.
    error UnknownToken(uint8 token);

    /// More would be outstanding than the token's cap allows.
    error CapExceeded(uint8 token, uint256 supply, uint256 cap);

    /// The genesis forbids transfers of this token.
    error Soulbound(uint8 token);

    /// The name cannot be registered, ever or by this account.
    error InvalidDomain(string name, string reason);

    /// The name is registered.
    error DomainAlreadyExists(string name);

    /// Nobody registered the name.
    error DomainNotFound(string name);

    /// The account is neither owner nor manager, as the function needs.
    error Unauthorized(string name, address account);

    /// The name's term is over: renew it first.
    error DomainExpired(string name, uint64 since);

    /// The price is over what the caller offers or holds.
    error InsufficientPayment(uint256 price, uint256 offered);

    /// There is no commitment to exactly these arguments, or it is over a day old.
    error CommitmentMissing(bytes32 commitment);

    /// The commitment can be used from that time on.
    error CommitmentTooNew(bytes32 commitment, uint64 usableFrom);

    /// The commitment was made already and is still good.
    error CommitmentLive(bytes32 commitment, uint64 usableUntil);

    /// Terms are 1 to 10 years, and end at most 10 years from now.
    error InvalidYears(uint32 numYears);

    /// The data is not of that type, or there are too many.
    error InvalidRecord(uint16 rtype, uint256 index);

    /// Times to live are 60 to 86,400 s.
    error InvalidTtl(uint32 ttl);

    /// ERC-6093.
    error ERC721NonexistentToken(uint256 tokenId);

    /// ERC-6093.
    error ERC721IncorrectOwner(address sender, uint256 tokenId, address owner);

    /// ERC-6093.
    error ERC721InvalidOwner(address owner);

    /// ERC-6093.
    error ERC721InvalidReceiver(address receiver);

    /// ERC-6093.
    error ERC721InsufficientApproval(address operator, uint256 tokenId);

    /// ERC-6093.
    error ERC721InvalidOperator(address operator);

    /// The owner has no such name.
    error ERC721OutOfBoundsIndex(address owner, uint256 index);

    /// Governance may set prices between these.
    error PriceOutOfBounds(uint256 least, uint256 most);

    /// ERC-721.
    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);

    /// ERC-721.
    event Approval(address indexed owner, address indexed approved, uint256 indexed tokenId);

    /// ERC-721.
    event ApprovalForAll(address indexed owner, address indexed operator, bool approved);

    /// A commitment was made.
    event Committed(bytes32 indexed commitment, address indexed account);

    /// A name or sub-name was made (expires is 0 for sub-names).
    event NameCreated(bytes32 indexed node, address indexed owner, string name, uint64 expires, uint256 price);

    /// Records of a type changed; type 0: the manager.
    event NameUpdated(bytes32 indexed node, uint16 indexed rtype, string name);

    /// A name or sub-name changed hands.
    event NameTransferred(bytes32 indexed node, address indexed from, address indexed to);

    /// A name's term was extended.
    event NameRenewed(bytes32 indexed node, string name, uint64 expires, uint256 price);

    /// A name was taken off the lists, or a sub-name removed.
    event NameExpired(bytes32 indexed node, address indexed owner);

    /// An account chose its name.
    event PrimaryChanged(address indexed account, string name);

    /// Governance set a price.
    event TldPriceChanged(uint8 indexed tld, uint256 yearPrice);

    /// Governance paid out of the treasury.
    event Withdrawn(address indexed to, uint256 amount);

    /// @notice What to commit to before register is called with the same arguments by `payer`:
    /// keccak256(abi.encode(node, owner, payer, numYears, records, secret)).
    /// @dev 500 gas and the cells it touches.
    function makeCommitment(string calldata name, address owner, address payer, uint32 numYears, Record[] calldata records, bytes32 secret) external view returns (bytes32 commitment);

    /// @notice Remembers the commitment for a day. One that is still good cannot be made again.
    /// @dev 500 gas and the cells it touches; asks for RegisterDomain.
    function commit(bytes32 commitment) external;

    /// @notice When it was made and when it can be used; zeros where there is none.
    /// @dev 100 gas and the cells it touches.
    function commitmentMade(bytes32 commitment) external view returns (uint64 made, uint64 usableFrom, uint64 usableUntil);

    /// @notice What registering the name for so many years costs now, in GHOST of 18 decimals.
    /// @dev 500 gas and the cells it touches.
    function price(string calldata name, uint32 numYears) external view returns (uint256 base, uint256 premium);

    /// @notice Whether anybody may register the name now.
    /// @dev 300 gas and the cells it touches.
    function available(string calldata name) external view returns (bool free);

    /// @notice Registers a second-level name that was committed to. The caller pays, in GHOST, at most
    /// maxPrice.
    /// @dev 20000 gas and the cells it touches; asks for RegisterDomain.
    function register(string calldata name, address owner, uint32 numYears, Record[] calldata records, bytes32 secret, uint256 maxPrice) external;

    /// @notice The same without records, at any price.
    /// @dev 20000 gas and the cells it touches; asks for RegisterDomain.
    function register(string calldata name, address owner, uint32 numYears, bytes32 secret) external;

    /// @notice Adds years to a name that is active or in grace. Anybody may pay.
    /// @dev 5000 gas and the cells it touches.
    function renew(string calldata name, uint32 numYears) external;

    /// @notice Takes a name off the lists whose grace is over.
    /// @dev 5000 gas and the cells it touches.
    function expire(string calldata name) external;

    /// @notice Where payments and calls to the name go: its WALLET record for ETH, else its CONTRACT record,
    /// else its owner.
    /// @dev 300 gas and the cells it touches.
    function resolve(string calldata name) external view returns (address account);

    /// @notice Who owns the name.
    /// @dev 100 gas and the cells it touches.
    function owner(string calldata name) external view returns (address account);

    /// @notice All about the name but its records.
    /// @dev 300 gas and the cells it touches.
    function getName(string calldata name) external view returns (NameInfo memory info);

    /// @notice The same by node.
    /// @dev 300 gas and the cells it touches.
    function getNode(bytes32 node) external view returns (NameInfo memory info);

    /// @notice The name's records of a type.
    /// @dev 300 gas and the cells it touches.
    function getRecords(string calldata name, uint16 rtype) external view returns (uint32 ttl, bytes[] memory data);

    /// @notice The types that the name has records of.
    /// @dev 300 gas and the cells it touches.
    function recordTypes(string calldata name) external view returns (uint16[] memory rtypes);

    /// @notice Second-level names of an owner, expired ones among them until they are taken off; at most 256 at
    /// once.
    /// @dev 300 gas and the cells it touches.
    function namesOf(address owner, uint256 from, uint256 count) external view returns (uint256 total, string[] memory names);

    /// @notice The same of a top-level domain.
    /// @dev 300 gas and the cells it touches.
    function namesUnder(string calldata tld, uint256 from, uint256 count) external view returns (uint256 total, string[] memory names);

    /// @notice Names directly below a name.
    /// @dev 300 gas and the cells it touches.
    function subnames(string calldata name, uint256 from, uint256 count) external view returns (uint256 total, string[] memory names);

    /// @notice The account's chosen name, where it still resolves to the account; else empty.
    /// @dev 300 gas and the cells it touches.
    function nameOf(address account) external view returns (string memory name);

    /// @notice A top-level domain: who may register (0 all, 1 governance, 2 nobody), how often something
    /// changed below it, the price of a year.
    /// @dev 300 gas and the cells it touches.
    function getTld(string calldata tld) external view returns (uint8 number, uint8 who, uint64 serial, uint256 yearPrice);

    /// @notice Sets the name's records of a type; none removes them. By its owner or manager.
    /// @dev 5000 gas and the cells it touches; asks for UpdateDomain.
    function setRecords(string calldata name, uint16 rtype, uint32 ttl, bytes[] calldata data) external;

    /// @notice Sets the one record of a type, with a ttl of 300 s.
    /// @dev 5000 gas and the cells it touches; asks for UpdateDomain.
    function setRecord(string calldata name, uint16 rtype, bytes calldata data) external;

    /// @notice Lets another account change records and sub-names.
    /// @dev 5000 gas and the cells it touches; asks for UpdateDomain.
    function setManager(string calldata name, address manager) external;

    /// @notice Gives a name below one of the caller's, with no records; the zero address removes it.
    /// @dev 5000 gas and the cells it touches; asks for UpdateDomain.
    function setSubname(string calldata name, address owner) external;

    /// @notice Chooses the name that stands for the caller; it must resolve to the caller. The empty name takes
    /// the choice back.
    /// @dev 5000 gas and the cells it touches; asks for UpdateDomain.
    function setPrimary(string calldata name) external;

    /// @notice Transfers a second-level name as transferFrom does; its records stay.
    /// @dev 5000 gas and the cells it touches.
    function transferName(string calldata name, address to) external;

    /// @notice ERC-721.
    /// @dev 100 gas and the cells it touches.
    function name() external view returns (string memory collection);

    /// @notice ERC-721.
    /// @dev 100 gas and the cells it touches.
    function symbol() external view returns (string memory sign);

    /// @notice ERC-721: JSON in a data: URI.
    /// @dev 300 gas and the cells it touches.
    function tokenURI(uint256 tokenId) external view returns (string memory uri);

    /// @notice ERC-721. Expired names count until they are taken off.
    /// @dev 100 gas and the cells it touches.
    function balanceOf(address owner) external view returns (uint256 count);

    /// @notice ERC-721. Reverts for names whose grace is over.
    /// @dev 100 gas and the cells it touches.
    function ownerOf(uint256 tokenId) external view returns (address owner);

    /// @notice As ERC-721's enumerable extension.
    /// @dev 100 gas and the cells it touches.
    function tokenOfOwnerByIndex(address owner, uint256 index) external view returns (uint256 tokenId);

    /// @notice ERC-721.
    /// @dev 1000 gas and the cells it touches.
    function approve(address to, uint256 tokenId) external;

    /// @notice ERC-721.
    /// @dev 100 gas and the cells it touches.
    function getApproved(uint256 tokenId) external view returns (address operator);

    /// @notice ERC-721.
    /// @dev 1000 gas and the cells it touches.
    function setApprovalForAll(address operator, bool approved) external;

    /// @notice ERC-721.
    /// @dev 100 gas and the cells it touches.
    function isApprovedForAll(address owner, address operator) external view returns (bool approved);

    /// @notice ERC-721. The owner must hold TransferDomain, and the name be active.
    /// @dev 5000 gas and the cells it touches.
    function transferFrom(address from, address to, uint256 tokenId) external;

    /// @notice ERC-721.
    /// @dev 5000 gas and the cells it touches.
    function safeTransferFrom(address from, address to, uint256 tokenId) external;

    /// @notice ERC-721.
    /// @dev 5000 gas and the cells it touches.
    function safeTransferFrom(address from, address to, uint256 tokenId, bytes calldata data) external;

    /// @notice ERC-165.
    /// @dev 100 gas and the cells it touches.
    function supportsInterface(bytes4 interfaceId) external view returns (bool yes);

    /// @notice Sets the price of a year: between a tenth of the default and ten times it.
    /// @dev 5000 gas and the cells it touches; asks for AdminAccess.
    function setTldPrice(string calldata tld, uint128 yearPrice) external;

    /// @notice Pays out of the treasury, in GHOST.
    /// @dev 5000 gas and the cells it touches; asks for AdminAccess.
    function withdraw(address to, uint256 amount) external;
}
