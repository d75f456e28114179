"""发起事项: which procedures the actor may start, and the form that starts one."""
