// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {HandledNetwork} from "./HandledNetwork.sol";
import {NetworkHandler} from "./NetworkHandler.sol";

/// @notice The invariants say nothing when nothing succeeds. Walks of fixed steps, as many and as long as those of the
/// invariants, show how often each action of the handler does.
contract NetworkHandlerTest is HandledNetwork {
    uint256 private constant WALKS = 32;
    uint256 private constant STEPS = 128;
    uint256 private constant ACTIONS = 16;

    function test_eachActionSucceedsInAThirdOfTheWalks() public {
        string[15] memory actions = [
            "register", "addStake", "fund", "setSigner", "submit", "submitSolo", "settle", "release", "claim",
            "requestFundWithdrawal", "withdrawFund", "requestExit", "cancelExit", "withdrawStake", "stopIntake"
        ];
        uint256[15] memory walks;
        for (uint256 walk = 0; walk < WALKS; walk++) {
            NetworkHandler handler = beginHandler();
            uint256[15] memory before;
            for (uint256 i = 0; i < actions.length; i++) before[i] = handler.successes(actions[i]);
            for (uint256 step = 0; step < STEPS; step++) act(handler, uint256(keccak256(abi.encode(walk, step))));
            for (uint256 i = 0; i < actions.length; i++) {
                if (handler.successes(actions[i]) > before[i]) walks[i]++;
            }
        }
        for (uint256 i = 0; i < actions.length; i++) assertTrue(walks[i] * 3 >= WALKS, actions[i]);
    }

    function act(NetworkHandler handler, uint256 seed) private {
        uint256 who = seed >> 8;
        uint96 amount = uint96(seed >> 128);
        uint256 action = seed % ACTIONS;
        if (action == 0) handler.register(who % 2 == 0, amount);
        else if (action == 1) handler.addStake(who, amount);
        else if (action == 2) handler.fund(who, amount);
        else if (action == 3) handler.setSigner(who, uint8(amount));
        else if (action == 4) handler.submit(who, seed >> 16, seed >> 24, amount, (seed >> 32) % 2 == 0);
        else if (action == 5) handler.settle(who);
        else if (action == 6) handler.settleAll();
        else if (action == 7) handler.release(who);
        else if (action == 8) handler.claim(who);
        else if (action == 9) handler.requestFundWithdrawal(who, amount);
        else if (action == 10) handler.withdrawFund(who);
        else if (action == 11) handler.requestExit(who);
        else if (action == 12) handler.cancelExit(who);
        else if (action == 13) handler.withdrawStake(who);
        else if (action == 14) handler.stopAndResume(who);
        else handler.pass(who);
    }
}
