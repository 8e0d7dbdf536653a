"""Juliet and Romeo ask each other at the same moment: both sides of the pair, without a server."""

from rosterkit.core.subscription import Event, State, step

juliet = romeo = State.NONE
_, juliet, _ = step(juliet, Event.OUT_SUBSCRIBE)
_, romeo, _ = step(romeo, Event.OUT_SUBSCRIBE)

# The two requests cross, and each arrives where one has already been sent.
action, juliet, _ = step(juliet, Event.IN_SUBSCRIBE)
_, romeo, _ = step(romeo, Event.IN_SUBSCRIBE)
print("Juliet's server:", action.value)
print("Juliet's side:", juliet.name, "and Romeo's:", romeo.name)

# Juliet says yes.
action, juliet, _ = step(juliet, Event.OUT_SUBSCRIBED)
_, romeo, _ = step(romeo, Event.IN_SUBSCRIBED)
print("Juliet's side:", juliet.name, "and Romeo's:", romeo.name)
