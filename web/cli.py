"""The entry point of the command `dangwu`, with the two subcommands that serve pages."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from services.bootstrap import create_application
from services.cli import deploy_all, main
from services.demo.cases import seed_cases
from services.demo.world import ADMINISTRATOR_LOGINS, LOGINS, seed
from services.identity.passwords import SAMPLE_PASSWORD
from services.migrations.commands import upgrade
from services.settings import SettingError, Settings
from services.worker.app import create_celery
from services.worker.embedded import EmbeddedWorker
from services.worker.nightly import schedule_nights
from web.app import create_app

__all__ = ["main"]


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn publishes no types
    """Gunicorn with settings from code; the application is built inside each worker process."""

    def __init__(
        self, load: Callable[[], Any], options: dict[str, Any], on_start: Callable[[Any], None]
    ) -> None:
        self._load = load
        self._options = {**options, "post_worker_init": on_start}
        super().__init__()

    def load_config(self) -> None:
        """Hand our options to gunicorn."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Build the WSGI application."""
        return self._load()


@main.command()
@click.pass_obj
def run(settings: Settings) -> None:
    """启动整个产品：页面、后台作业与调度，无需安装任何服务器。"""
    prepare(settings)

    def start_worker(worker: Any) -> None:
        del worker
        application = create_application(settings)
        EmbeddedWorker(create_celery(application), float(settings.sweep_seconds)).start()

    _announce(settings)
    _serve(settings, {"workers": 1, "threads": 8}, start_worker)


@main.command()
@click.option("--workers", default=2, show_default=True, help="进程数")
@click.pass_obj
def web(settings: Settings, workers: int) -> None:
    """只提供页面；后台作业由 dangwu worker 与 dangwu beat 承担。"""
    prepare(settings)
    _serve(settings, {"workers": workers, "threads": 4}, lambda _: None)


def prepare(settings: Settings) -> None:
    """Bring the database up to date, deploy the procedures, enter sample data in a demo."""
    _require_free_port(settings)
    click.echo("正在准备数据库……")
    application = create_application(settings)
    upgrade(settings.database)
    schedule_nights(application)
    click.echo("正在部署流程……")
    deploy_all(application)
    if settings.is_demo:
        click.echo("正在核对示例数据……")
        if seed(application):
            click.echo("  已写入示例组织和人员。")
        if seed_cases(application):
            click.echo("  已写入示例办件。")
    application.database.dispose()


def _require_free_port(settings: Settings) -> None:
    """Say so before any work when somebody else listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, int(settings.port)))
        except OSError as error:
            raise SettingError(
                f"不能监听 {settings.host}:{settings.port}（{error.strerror}）。",
                "请先停止占用该端口的程序，或者用 DANGWU_PORT、DANGWU_HOST 换一个地址。",
            ) from error


def _announce(settings: Settings) -> None:
    click.echo(f"\n  打开 http://{settings.host}:{settings.port}/ 即可使用；按 Ctrl+C 停止。")
    if not settings.is_demo:
        return
    click.echo(f"\n  示例账号（密码均为 {SAMPLE_PASSWORD}）：")
    for login in (*LOGINS, *ADMINISTRATOR_LOGINS):
        click.echo(f"    {login.login:<20} {login.name}　{login.title}")
    click.echo("")


def _serve(settings: Settings, options: dict[str, Any], on_start: Callable[[Any], None]) -> None:
    logging.getLogger("gunicorn.error").setLevel("WARNING")
    Server(
        lambda: create_app(create_application(settings)),
        {
            "bind": f"{settings.host}:{settings.port}",
            "worker_class": "gthread",
            "graceful_timeout": 20,
            "loglevel": "warning",
            "control_socket_disable": True,
            **options,
        },
        on_start,
    ).run()


if __name__ == "__main__":
    main()
