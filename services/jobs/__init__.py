"""Work to be done later: one durable table, claimed by workers."""
