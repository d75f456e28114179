"""工作台: what waits for the actor, what they did, what they started."""
