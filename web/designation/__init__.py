"""Pages of 无人可办: tasks nobody can take, and naming somebody for them."""
