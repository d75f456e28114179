"""站内信: notices to the actor."""
