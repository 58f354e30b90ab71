// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ChroomToken} from "../src/ChroomToken.sol";
import {Assertions} from "./setup/Assertions.sol";
import {Vm} from "./setup/Vm.sol";

contract ReferenceToken is ERC20, ERC20Permit {
    constructor(address holder, uint256 supply) ERC20("Chroom", "CHR") ERC20Permit("Chroom") {
        _mint(holder, supply);
    }
}

struct Permission {
    address owner;
    address spender;
    uint256 value;
    uint256 deadline;
}

contract ChroomTokenTest is Assertions {
    uint256 private constant SUPPLY = 1_000_000e18;
    uint256 private constant KEYS = 4;
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    ChroomToken private token;
    ERC20Permit private ref;

    function setUp() public {
        vm.warp(1_700_000_000);
        token = new ChroomToken(accountOf(1), SUPPLY);
        ref = new ReferenceToken(accountOf(1), SUPPLY);
    }

    function test_introducesItselfAsItsReference() public view {
        assertEq(keccak256(bytes(token.name())), keccak256(bytes(ref.name())), "name");
        assertEq(keccak256(bytes(token.symbol())), keccak256(bytes(ref.symbol())), "symbol");
        assertEq(token.decimals(), ref.decimals(), "decimals");
        assertEq(token.totalSupply(), SUPPLY, "supply");
    }

    /// Whatever happens in whatever order: the same answers, refusals, events and books.
    function test_doesWhatItsReferenceDoes(uint256[24] calldata seeds) public {
        for (uint256 step = 0; step < seeds.length; step++) {
            doBoth(seeds[step]);
        }
        uint256 sum = 0;
        for (uint256 i = 0; i <= KEYS; i++) {
            address owner = accountOf(i);
            assertEq(token.balanceOf(owner), ref.balanceOf(owner), "balance");
            assertEq(token.nonces(owner), ref.nonces(owner), "nonce");
            for (uint256 j = 0; j <= KEYS; j++) {
                assertEq(token.allowance(owner, accountOf(j)), ref.allowance(owner, accountOf(j)), "allowance");
            }
            sum += token.balanceOf(owner);
        }
        assertEq(sum, SUPPLY, "sum of balances");
    }

    /// The comparison says nothing about an action that always fails, never does, or only ever moves nothing: a walk of fixed
    /// steps has all of it, of each action.
    function test_itsReferenceIsComparedInSuccessAndInRefusal() public {
        uint256[4] memory successes;
        uint256[4] memory refusals;
        for (uint256 step = 0; step < 400; step++) {
            uint256 seed = uint256(keccak256(abi.encode(step)));
            (bool done, uint256 value) = doBoth(seed);
            if (!done) refusals[seed % 4]++;
            else if (value > 0) successes[seed % 4]++;
        }
        string[4] memory actions = ["transfer", "transferFrom", "approve", "permit"];
        for (uint256 i = 0; i < 4; i++) {
            assertTrue(successes[i] > 0, string.concat(actions[i], " succeeded"));
            assertTrue(refusals[i] > 0, string.concat(actions[i], " was refused"));
        }
    }

    function test_aPermitIsGoodUntilItsDeadlineAndOnce() public {
        (address alice, address bob) = (accountOf(1), accountOf(2));
        uint256 deadline = block.timestamp;
        bytes memory permit = permitCall(token, Permission(alice, bob, 5, deadline), 1);
        vm.warp(deadline + 1);
        expectRefusal(permit, abi.encodeWithSelector(ChroomToken.ERC2612ExpiredSignature.selector, deadline));
        vm.warp(deadline);
        (bool done,) = address(token).call(permit);
        assertTrue(done, "in time");
        assertEq(token.allowance(alice, bob), 5, "allowed");
        assertEq(token.nonces(alice), 1, "nonce");
        vm.prank(bob);
        assertTrue(token.transferFrom(alice, bob, 5), "spent");
        // The digest has the next nonce now, so that the same signature is that of nobody known.
        bytes memory answer;
        (done, answer) = address(token).call(permit);
        assertTrue(!done, "replayed");
        assertTrue(bytes4(answer) == ChroomToken.ERC2612InvalidSigner.selector, "refused for its signer");
        assertEq(token.allowance(alice, bob), 0, "allowed again");
        assertEq(token.nonces(alice), 1, "nonce after the replay");
    }

    function test_refusesAPermitThatSomebodyElseSigned() public {
        (address alice, address bob) = (accountOf(1), accountOf(2));
        bytes memory permit = permitCall(token, Permission(alice, bob, 5, block.timestamp), 2);
        expectRefusal(permit, abi.encodeWithSelector(ChroomToken.ERC2612InvalidSigner.selector, bob, alice));
    }

    function test_emptiedAndFilledAgain() public {
        address alice = accountOf(1);
        vm.prank(alice);
        assertTrue(token.transfer(accountOf(2), SUPPLY), "all");
        assertEq(token.balanceOf(alice), 0, "emptied");
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSignature("ERC20InsufficientBalance(address,uint256,uint256)", alice, 0, 1));
        // forge-lint: disable-next-line(erc20-unchecked-transfer)
        token.transfer(accountOf(3), 1);
        vm.prank(accountOf(2));
        assertTrue(token.transfer(alice, SUPPLY), "back");
        assertEq(token.balanceOf(alice), SUPPLY, "filled");
    }

    function test_takesTheLargestSupplyAndNoLarger() public {
        uint256 largest = type(uint256).max >> 1;
        assertEq(new ChroomToken(accountOf(1), largest).balanceOf(accountOf(1)), largest, "largest");
        vm.expectRevert(abi.encodeWithSelector(ChroomToken.SupplyTooLarge.selector, largest + 1, largest));
        new ChroomToken(accountOf(1), largest + 1);
        vm.expectRevert(abi.encodeWithSignature("ERC20InvalidReceiver(address)", address(0)));
        new ChroomToken(address(0), 1);
    }

    /// @return expectedDone what both did
    /// @return value of their event; 0 if they refused
    function doBoth(uint256 seed) private returns (bool expectedDone, uint256 value) {
        uint256 caller = 1 + (seed >> 8) % KEYS;
        vm.recordLogs();
        (bool done, bytes memory answer) = doOne(address(token), caller, seed);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        bytes memory expected;
        (expectedDone, expected) = doOne(address(ref), caller, seed);
        Vm.Log[] memory expectedLogs = vm.getRecordedLogs();
        assertTrue(done == expectedDone, "done");
        assertEq(keccak256(answer), keccak256(expected), "answer");
        assertEq(logs.length, expectedLogs.length, "events");
        for (uint256 i = 0; i < logs.length; i++) {
            assertEq(keccak256(abi.encode(logs[i].topics)), keccak256(abi.encode(expectedLogs[i].topics)), "topics");
            assertEq(keccak256(logs[i].data), keccak256(expectedLogs[i].data), "data");
        }
        if (expectedDone) value = abi.decode(expectedLogs[0].data, (uint256));
    }

    function doOne(address target, uint256 caller, uint256 seed) private returns (bool done, bytes memory answer) {
        address from = accountOf((seed >> 16) % (KEYS + 1));
        address to = accountOf((seed >> 24) % (KEYS + 1));
        uint256 action = seed % 4;
        bytes memory call;
        if (action == 0) {
            call = abi.encodeCall(ERC20.transfer, (to, valueOf(ref.balanceOf(accountOf(caller)), seed)));
        } else if (action == 1) {
            uint256 value = valueOf(ref.allowance(from, accountOf(caller)), seed);
            call = abi.encodeCall(ERC20.transferFrom, (from, to, value));
        } else if (action == 2) {
            call = abi.encodeCall(ERC20.approve, (to, valueOf(ref.balanceOf(accountOf(caller)), seed)));
        } else {
            call = randomPermitCall(IERC20Permit(target), from, to, seed);
        }
        vm.prank(accountOf(caller));
        return target.call(call);
    }

    /// One in four is signed by somebody else, one in four has expired.
    function randomPermitCall(IERC20Permit target, address owner, address spender, uint256 seed)
        private
        view
        returns (bytes memory)
    {
        uint256 value = valueOf(ref.balanceOf(owner), seed);
        uint256 deadline = block.timestamp - ((seed >> 40) % 4 == 0 ? 1 : 0);
        uint256 ownersKey = (seed >> 16) % (KEYS + 1);
        uint256 key = ownersKey == 0 || (seed >> 42) % 4 == 0 ? KEYS + 1 : ownersKey;
        return permitCall(target, Permission(owner, spender, value, deadline), key);
    }

    function permitCall(IERC20Permit target, Permission memory permission, uint256 key) private view returns (bytes memory) {
        (address owner, address spender) = (permission.owner, permission.spender);
        (uint256 value, uint256 deadline) = (permission.value, permission.deadline);
        bytes32 permitted =
            keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, value, target.nonces(owner), deadline));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", target.DOMAIN_SEPARATOR(), permitted));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodeCall(IERC20Permit.permit, (owner, spender, value, deadline, v, r, s));
    }

    function expectRefusal(bytes memory call, bytes memory expected) private {
        (bool done, bytes memory answer) = address(token).call(call);
        assertTrue(!done, "refused");
        assertEq(keccak256(answer), keccak256(expected), "refusal");
    }

    /// Nothing, everything, one more, no end, or something.
    function valueOf(uint256 all, uint256 seed) private pure returns (uint256) {
        uint256 kind = (seed >> 32) % 5;
        if (kind == 0) return 0;
        if (kind == 1) return all;
        if (kind == 2) return all == type(uint256).max ? all : all + 1;
        if (kind == 3) return type(uint256).max;
        return all == 0 ? seed >> 128 : (seed >> 64) % all;
    }

    /// The account of a key; nobody's for key 0.
    function accountOf(uint256 key) private pure returns (address) {
        return key == 0 ? address(0) : vm.addr(key);
    }
}
