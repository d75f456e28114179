"""How long records are kept (保管期限), and disposing of what is past it (销毁): two people."""
