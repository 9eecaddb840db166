"""Early stopping as a value, against cases worked by hand."""

from __future__ import annotations

from math import inf, nan

import msgspec
import pytest

from nnviz.learning.settings import EarlyStopping
from nnviz.learning.stopping import Watch, watched

# name: settings (patience, min_delta), losses, the epoch it stops after (0: never), the best epoch
CASES = {
    "always better": ((1, 0.0), [5, 4, 3, 2], 0, 4),
    "patience 1 stops at the first that is not better": ((1, 0.0), [5, 4, 4.5, 3], 3, 2),
    "patience 2 waits once": ((2, 0.0), [5, 6, 4, 5, 3], 0, 5),
    "patience 2 stops at the second in a row": ((2, 0.0), [5, 4, 6, 7, 1], 4, 2),
    "equal is not better": ((2, 0.0), [4, 4, 4, 1], 3, 1),
    "the wait begins anew with each better epoch": ((2, 0.0), [9, 10, 8, 9, 7, 8, 9], 7, 5),
    "min_delta: too little better is not better": ((2, 0.5), [5, 4.8, 4.6, 4.0], 3, 1),
    "min_delta: exactly min_delta better is not better": ((1, 0.5), [5.0, 4.5], 2, 1),
    "min_delta: a little more is better": ((1, 0.5), [5.0, 4.4375], 0, 2),
    "min_delta measures against the best, not the last": ((3, 0.5), [5, 4.8, 4.6, 4.4], 0, 4),
    "NaN stops at once": ((10, 0.0), [5, 4, nan, 1], 3, 2),
    "NaN in the first epoch": ((10, 0.0), [nan, 1], 1, 0),
    "infinity waits": ((2, 0.0), [inf, 3, inf, inf], 4, 2),
    "infinity from the start": ((3, 0.0), [inf, inf, inf], 3, 0),
    "negative losses": ((1, 0.0), [-1, -2, -1.5], 3, 2),
}


@pytest.mark.parametrize("name", CASES)
def test_cases_worked_by_hand(name: str) -> None:
    (patience, delta), losses, stops_after, best = CASES[name]
    settings = EarlyStopping(patience, delta)
    watch = Watch()
    for epoch, loss in enumerate(losses, start=1):
        watch = watched(watch, epoch, loss, settings)
        assert watch.better == (watch.epoch == epoch)
        assert watch.over == (epoch == stops_after)
        if watch.over:
            break
    assert watch.over == (stops_after > 0)
    assert watch.epoch == best
    assert watch.best == (losses[best - 1] if best else inf)


def test_without_settings_nothing_is_over_and_the_best_is_known() -> None:
    watch = Watch()
    for epoch, loss in enumerate([3.0, nan, 2.0, *[5.0] * 100], start=1):
        watch = watched(watch, epoch, loss, None)
        assert not watch.over
    assert (watch.best, watch.epoch, watch.wait) == (2.0, 3, 100)


def test_it_is_a_value() -> None:
    watch = Watch()
    watched(watch, 1, 0.5, EarlyStopping())
    assert watch == Watch()
    with pytest.raises(AttributeError):
        watch.best = 1.0  # type: ignore[misc]  # that it is refused is what is tested
    assert msgspec.structs.asdict(watch)["best"] == inf
