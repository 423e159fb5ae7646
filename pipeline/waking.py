"""What a feed's news wakes: recognition of a new month, with the other feeds, or the correction of an old one."""

from typing import Literal

from warehouse import identity, ledger
from warehouse.server import Server

News = Literal["month", "correction", "nothing"]


def news(server: Server, feed: str, month: str) -> News:
    """What there is to announce of `feed` when its run for `month` (2026-10) has ended, however it ended.

    `month`: it was not recognised yet, and is once all feeds have said so. `correction`: it was, and something of this
    feed was published that recognition has not seen. `nothing`: it was, with all there is: nobody need be woken.
    """
    if not identity.recognised(server, month):
        return "month"
    return "correction" if any(d.feed == feed for d in ledger.unrecognised(server)) else "nothing"
