"""Asking a relay for the notices under a key."""

from __future__ import annotations

import peerapi.process as process
from peerapi.engine.reach import calling
from peerapi.engine.reach.sockets import read, send
from peerapi.reach.frames import Decoder, Look, MalformedFrame, No, Notice, encode
from peerapi.reach.leg import Leg
from peerapi.reach.notices import MOST_SHOWN
from peerapi.reach.refusal import REASONS, Refusal, Refused
from peerapi.reach.seats import Known


async def look(known: Known, key: bytes) -> list[bytes]:
    """Task: the notices that a relay has, the newest first. Raises OSError, Refused."""
    sock = await calling.connect(known.access.endpoint)
    try:
        leg, decoder, found = Leg(known.access), Decoder(), list[bytes]()
        await send(sock, leg.start())
        asked = False
        while data := await read(sock):
            said, plain = leg.receive(data)
            if leg.open and not asked:
                asked = True
                said += leg.encrypt(encode(Look(key)))
            if said:
                await send(sock, said)
            decoder.feed(plain)
            while (frame := decoder.next()) is not None:
                if isinstance(frame, No):
                    raise Refused(REASONS.get(frame.code, Refusal.LEG))
                if not isinstance(frame, Notice) or frame.key != key or len(found) > MOST_SHOWN:
                    raise Refused(Refusal.LEG)
                if frame.blob:
                    found.append(frame.blob)
                if not frame.left:
                    return found
    except MalformedFrame as error:
        raise Refused(Refusal.LEG) from error
    finally:
        process.disown(sock)
    raise Refused(Refusal.LEG, f"the relay {known.access.endpoint} has ended the connection")
