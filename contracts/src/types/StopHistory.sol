// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @param from, until seconds; `until` lies ahead while the stop is in force
/// @param secondsBefore how long the intake stood still before this stop, in all
struct Stop {
    uint40 from;
    uint40 until;
    uint40 secondsBefore;
}

/// @notice Every stop of the intake, oldest first; none reaches into the next one. A later stop takes nothing away from
/// those who were held up by an earlier one.
struct StopHistory {
    Stop[] stops;
}

using {begin, endNewest, secondsUntil} for StopHistory global;

/// @dev A stop that is still in force ends where the new one begins. Times never fall.
function begin(StopHistory storage history, uint40 from, uint40 until) {
    Stop memory former = newest(history);
    if (former.until > from) {
        endNewest(history, from);
        former.until = from;
    }
    uint40 secondsBefore = former.secondsBefore + former.until - former.from;
    history.stops.push(Stop({from: from, until: until, secondsBefore: secondsBefore}));
}

function endNewest(StopHistory storage history, uint40 until) {
    history.stops[history.stops.length - 1].until = until;
}

/// @return all zero when there was none
function newest(StopHistory storage history) view returns (Stop memory) {
    uint256 count = history.stops.length;
    return count == 0 ? Stop(0, 0, 0) : history.stops[count - 1];
}

/// @return how long the intake stood still before `time`, in all; `time` does not lie ahead
function secondsUntil(StopHistory storage history, uint256 time) view returns (uint256) {
    uint256 low = 0;
    uint256 high = history.stops.length;
    // Halves at each step. Only the governor makes a further stop possible: the list is short.
    while (low < high) {
        uint256 middle = (low + high) / 2;
        if (history.stops[middle].from <= time) low = middle + 1;
        else high = middle;
    }
    if (low == 0) return 0;
    Stop memory last = history.stops[low - 1];
    return last.secondsBefore + (time < last.until ? time : last.until) - last.from;
}
