#!/usr/bin/env python3
"""Plays a story of bench's own with slixmpp: actors log in, and messages go from one to another.

Usage: slixmpp_story.py STORY PORT

STORY has a line for each thing that happens: `actor LOCALPART`, then `turn FROM TO` with numbers of actors. Each
message is awaited before the next is sent. Pings that keep the order of a story are not sent: slixmpp knows nothing
of it.
"""

import asyncio
import sys

import slixmpp


class Actor(slixmpp.ClientXMPP):
    """A client that puts what comes into a queue."""

    def __init__(self, localpart):
        super().__init__(f"{localpart}@localhost/r", "password", sasl_mech="PLAIN")
        self.inbox = asyncio.Queue()
        self.ready = asyncio.get_running_loop().create_future()
        self.ended = asyncio.get_running_loop().create_future()
        self.enable_starttls = False
        self.enable_direct_tls = False
        self.enable_plaintext = True
        self["feature_mechanisms"].unencrypted_plain = True
        self.add_event_handler("session_start", lambda _: self.ready.set_result(None))
        self.add_event_handler("disconnected", self.leave)
        self.add_event_handler("message", self.inbox.put_nowait)

    def leave(self, _):
        if not self.ended.done():
            self.ended.set_result(None)


async def play(story, port):
    actors, turns = [], 0
    for line in story:
        match line.split():
            case ["actor", localpart]:
                actor = Actor(localpart)
                actor.connect("127.0.0.1", port)
                await asyncio.wait_for(actor.ready, 20)
                actors.append(actor)
            case ["turn", sender, recipient]:
                await take_turn(actors[int(sender)], actors[int(recipient)], turns)
                turns += 1
    for actor in actors:
        actor.disconnect()
    await asyncio.gather(*(asyncio.wait_for(actor.ended, 20) for actor in actors))


async def take_turn(sender, recipient, turn):
    message = sender.make_message(recipient.boundjid.full, mtype="headline", mbody=str(turn))
    message["id"] = f"m{turn}"
    message.send()
    while (await asyncio.wait_for(recipient.inbox.get(), 20))["id"] != f"m{turn}":
        pass


if __name__ == "__main__":
    with open(sys.argv[1]) as lines:
        asyncio.run(play(lines.read().splitlines(), int(sys.argv[2])))
