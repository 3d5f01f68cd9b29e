// SPDX-License-Identifier: Apache-2.0
// Written by `ghostvm system interface`: change src/system/*.inc instead.
pragma solidity >=0.8.4;

/// @notice The tokens contract at 0x..4701: one front for GCC (1), SPIRIT (2), MANA (3) and GHOST (4); rates
/// and preferences of fees, sponsorship, staking, MANA.
interface ITokens {
    /// What a sponsor pays for: remaining and perTransaction count in the token, perGas and maxTip in GCC wei a
    /// unit of gas; all ones mean no bound but for remaining. target zero: any; times are block timestamps,
    /// inclusive, 0 for none.
    struct Grant {
        uint128 remaining;
        uint128 perTransaction;
        uint128 perGas;
        uint128 maxTip;
        address target;
        bytes4 selector;
        bool bySelector;
        uint8 token;
        uint64 notBefore;
        uint64 notAfter;
    }

    /// An account's stake: what counts, what leaves and from which epoch it can be withdrawn, whom its votes go
    /// to, and its consensus key.
    struct StakeInfo {
        uint128 amount;
        uint128 leaving;
        address delegate;
        uint64 leavesAt;
        bytes32 key;
        bool validator;
    }

    /// A member of the validator set.
    struct Validator {
        address account;
        bytes32 key;
        uint256 votes;
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

    /// Fees cannot be paid in this token now.
    error TokenNotAccepted(uint8 token);

    /// Only the rate keeper may do this.
    error NotRateKeeper(address account);

    /// The rate would move by more than a step.
    error RateStep(uint256 last, uint256 asked);

    /// GCC's rate is fixed, and MANA's must not let the MANA earned pay for the gas that earns it.
    error RateRefused(uint256 asked);

    /// The terms could never pay: no such token, nothing in all, an end before the beginning, or a grant to
    /// oneself.
    error InvalidGrant();

    /// There is no such grant.
    error NoGrant(address sponsor, address user);

    /// The stake is below what this needs.
    error StakeTooSmall(uint256 stake, uint256 needed);

    /// Nothing can be withdrawn before that epoch.
    error StakeLeaving(uint64 epoch);

    /// No stake is leaving.
    error NothingLeaving();

    /// The validator set is full.
    error TooManyValidators(uint32 most);

    /// The account is not in the validator set.
    error NotAValidator(address account);

    /// Only the slasher of the genesis may do this.
    error NotSlasher(address account);

    /// A consensus key is not zero.
    error InvalidKey();

    /// An account chose what it pays fees in.
    event FeeTokenSet(address indexed account, uint8 token);

    /// An account has another sponsor.
    event SponsorSet(address indexed account, address indexed sponsor);

    /// A sponsor pays a user's fees.
    event Granted(address indexed sponsor, address indexed user, uint8 token, uint128 total);

    /// A sponsor pays no longer.
    event Revoked(address indexed sponsor, address indexed user);

    /// A rate will change.
    event RateSet(uint8 indexed token, uint256 rate, uint64 epoch);

    /// The office of the rate keeper was handed on.
    event RateKeeperSet(address indexed keeper);

    /// Stake was added.
    event Staked(address indexed account, uint128 amount);

    /// Stake leaves, and can be withdrawn from that epoch on.
    event Unstaked(address indexed account, uint128 amount, uint64 epoch);

    /// Stake went back to its owner.
    event Withdrawn(address indexed account, uint128 amount);

    /// Votes go to somebody else.
    event Delegated(address indexed account, address indexed to);

    /// An account is in the validator set, with this key.
    event ValidatorRegistered(address indexed account, bytes32 key);

    /// An account is in the validator set no longer.
    event ValidatorLeft(address indexed account);

    /// Part of a validator's stake was burned.
    event Slashed(address indexed account, uint256 amount);

    /// @notice What the account holds; of MANA also what has accrued.
    /// @dev 100 gas and the cells it touches.
    function balanceOf(uint8 token, address account) external view returns (uint256);

    /// @notice Moves tokens of the caller.
    /// @dev 5000 gas and the cells it touches; asks for TransferTokens.
    function transfer(uint8 token, address to, uint256 amount) external returns (bool);

    /// @notice Moves tokens of an owner who has allowed it, at the front or the face: the allowance is the
    /// same.
    /// @dev 5000 gas and the cells it touches; asks for TransferTokens.
    function transferFrom(uint8 token, address from, address to, uint256 amount) external returns (bool);

    /// @notice Sets what the spender may move of the caller's tokens.
    /// @dev 2000 gas and the cells it touches.
    function approve(uint8 token, address spender, uint256 amount) external returns (bool);

    /// @notice What the spender may still move.
    /// @dev 100 gas and the cells it touches.
    function allowance(uint8 token, address owner, address spender) external view returns (uint256);

    /// @notice Makes new tokens, up to the cap of what is outstanding.
    /// @dev 10000 gas and the cells it touches; asks for MintTokens.
    function mint(uint8 token, address to, uint256 amount) external;

    /// @notice Destroys tokens of the caller.
    /// @dev 5000 gas and the cells it touches; asks for BurnTokens.
    function burn(uint8 token, uint256 amount) external;

    /// @notice What is outstanding, as of the last block's end.
    /// @dev 100 gas and the cells it touches.
    function totalSupply(uint8 token) external view returns (uint256);

    /// @notice The most that can be outstanding; all ones where there is no cap.
    /// @dev 100 gas and the cells it touches.
    function cap(uint8 token) external view returns (uint256);

    /// @notice The token's ERC-20 contract.
    /// @dev 100 gas and the cells it touches.
    function face(uint8 token) external view returns (address);

    /// @notice GCC wei for a whole token, for fees of this block; 0: not accepted.
    /// @dev 200 gas and the cells it touches.
    function rate(uint8 token) external view returns (uint256);

    /// @notice The rate to come, and the epoch that begins with it; epoch 0: none is to come.
    /// @dev 200 gas and the cells it touches.
    function nextRate(uint8 token) external view returns (uint256 rate, uint64 epoch);

    /// @notice By the rate keeper: takes effect with the next epoch, moves the last rate that was accepted by
    /// at most the step of the genesis, or is 0 to accept the token no longer.
    /// @dev 5000 gas and the cells it touches.
    function setRate(uint8 token, uint128 newRate) external;

    /// @notice Who may change rates.
    /// @dev 100 gas and the cells it touches.
    function rateKeeper() external view returns (address);

    /// @notice By the rate keeper: hands the office on.
    /// @dev 5000 gas and the cells it touches.
    function setRateKeeper(address keeper) external;

    /// @notice The epoch of this block.
    /// @dev 100 gas and the cells it touches.
    function epoch() external view returns (uint64);

    /// @notice What the caller's transactions of Ethereum's types are paid in; 1 for GCC.
    /// @dev 2000 gas and the cells it touches.
    function setFeeToken(uint8 token) external;

    /// @notice Whose grant is tried first for the caller's transactions of Ethereum's types; zero: nobody's.
    /// @dev 2000 gas and the cells it touches.
    function setSponsor(address sponsor) external;

    /// @notice What an account has chosen.
    /// @dev 100 gas and the cells it touches.
    function preference(address account) external view returns (uint8 token, address sponsor);

    /// @notice The caller pays the user's fees within these terms, which replace former ones. Becomes the
    /// user's sponsor where the user has none, or one whose grant has run out.
    /// @dev 5000 gas and the cells it touches.
    function grant(address user, Grant calldata terms) external;

    /// @notice The caller pays the user's fees no longer.
    /// @dev 3000 gas and the cells it touches.
    function revoke(address user) external;

    /// @notice The terms as they stand; token 0 where there is no grant.
    /// @dev 200 gas and the cells it touches.
    function grantOf(address sponsor, address user) external view returns (Grant memory terms);

    /// @notice MANA earned and not yet claimed.
    /// @dev 100 gas and the cells it touches.
    function accrued(address account) external view returns (uint256);

    /// @notice Moves the caller's accrued MANA to its balance, with a log.
    /// @dev 2000 gas and the cells it touches.
    function claim() external returns (uint256);

    /// @notice Locks SPIRIT of the caller; it counts as votes for the caller's delegate, at first the caller.
    /// @dev 5000 gas and the cells it touches; asks for StakeTokens.
    function stake(uint128 amount) external;

    /// @notice Part of the stake counts no longer, and can be withdrawn after the unbonding time. Falling below
    /// the least stake leaves the validator set.
    /// @dev 5000 gas and the cells it touches.
    function unstake(uint128 amount) external;

    /// @notice Gives back what has left the stake, once its epoch has come.
    /// @dev 5000 gas and the cells it touches.
    function withdraw() external returns (uint256);

    /// @notice Gives the votes of the caller's stake to somebody; zero: back to the caller.
    /// @dev 5000 gas and the cells it touches.
    function delegate(address to) external;

    /// @notice Enters the validator set with a consensus key (Ed25519), or changes the key.
    /// @dev 20000 gas and the cells it touches; asks for StakeTokens.
    function register(bytes32 key) external;

    /// @notice Leaves the validator set; the stake stays.
    /// @dev 5000 gas and the cells it touches.
    function resign() external;

    /// @notice By the slasher of the genesis: burns the genesis' share of a validator's stake, what is leaving
    /// included.
    /// @dev 10000 gas and the cells it touches.
    function slash(address validator) external returns (uint256);

    /// @notice The account's stake.
    /// @dev 200 gas and the cells it touches.
    function stakeOf(address account) external view returns (StakeInfo memory info);

    /// @notice Stake whose votes go to the account.
    /// @dev 100 gas and the cells it touches.
    function votesOf(address account) external view returns (uint256);

    /// @notice The validator set.
    /// @dev 500 gas and the cells it touches.
    function validators() external view returns (Validator[] memory list);
}
