// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Holding} from "./Holding.sol";
import {IBridge} from "./IBridge.sol";
import {IERC20} from "./IERC20.sol";
import {Owned} from "./Owned.sol";
import {InPacket, LocalAddress, OutMessage, OutPacket, RemoteAddress, Vote} from "./Packets.sol";

/// Locks tokens that leave and pays out tokens that arrive, by the vote that the bridge returns. It holds the tokens
/// itself: what it pays must have been locked or put here before.
contract TokenService is Owned {
    struct SupportedToken {
        bool enabled;
        string destTokenAddress;
        string destTokenService;
    }

    IBridge public immutable bridge;
    uint256 public immutable destChainId;
    LocalAddress public self;
    Holding public holding;
    mapping(address token => SupportedToken) public supportedTokens;

    bool private entered;

    event TokenAdded(address token, string destTokenAddress, string destTokenService);

    error Reentered();
    error TokenNotSupported(address token);
    error TokenAlreadySupported(address token);
    error TokenTransferFailed(address token);
    error TokenServiceMismatch(address given);
    error NoQuorum(uint256 sequence);

    constructor(address owner_, IBridge bridge_, uint256 chainId, uint256 destChainId_) Owned(owner_) {
        bridge = bridge_;
        destChainId = destChainId_;
        self = LocalAddress(chainId, address(this));
    }

    /// A token's own code runs in both doors; it may not come back through either.
    modifier nonReentrant() {
        if (entered) revert Reentered();
        entered = true;
        _;
        entered = false;
    }

    function setHolding(Holding holding_) external onlyOwner {
        holding = holding_;
    }

    /// Names the token and the token service at the other end as that chain spells them.
    function addToken(
        address token,
        string memory destTokenAddress,
        string memory destTokenService
    ) external onlyOwner {
        if (supportedTokens[token].enabled) revert TokenAlreadySupported(token);
        supportedTokens[token] = SupportedToken(true, destTokenAddress, destTokenService);
        emit TokenAdded(token, destTokenAddress, destTokenService);
    }

    /// Dispatches to `receiver` as it is written: this chain cannot judge another chain's addresses, so a packet that
    /// no one can ever receive may leave, and attestors have to refuse it.
    function transfer(address token, uint256 amount, string memory receiver) external nonReentrant {
        SupportedToken memory supported = _supported(token);
        if (!IERC20(token).transferFrom(msg.sender, address(this), amount)) revert TokenTransferFailed(token);
        bridge.sendMessage(
            OutPacket({
                version: 0, // the bridge sets version and sequence
                sequence: 0,
                sourceTokenService: self,
                destTokenService: RemoteAddress(destChainId, supported.destTokenService),
                message: OutMessage(msg.sender, supported.destTokenAddress, amount, receiver),
                height: block.number
            })
        );
    }

    /// YEA pays the receiver, NAY locks the amount for the receiver, anything else leaves the packet unconsumed.
    function withdraw(InPacket memory packet, bytes calldata signatures) external nonReentrant {
        if (packet.destTokenService.addr != address(this)) revert TokenServiceMismatch(packet.destTokenService.addr);
        address token = packet.message.destTokenAddress;
        address receiver = packet.message.receiverAddress;
        uint256 amount = packet.message.amount;
        _supported(token);

        Vote vote = bridge.consume(packet, signatures);
        if (vote == Vote.YEA) {
            _pay(token, receiver, amount);
        } else if (vote == Vote.NAY) {
            _pay(token, address(holding), amount);
            holding.lock(receiver, token, amount);
        } else {
            revert NoQuorum(packet.sequence);
        }
    }

    function _supported(address token) private view returns (SupportedToken memory supported) {
        supported = supportedTokens[token];
        if (!supported.enabled) revert TokenNotSupported(token);
    }

    function _pay(address token, address to, uint256 amount) private {
        if (!IERC20(token).transfer(to, amount)) revert TokenTransferFailed(token);
    }
}
