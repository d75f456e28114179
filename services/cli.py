"""The command `dangwu`: everything that needs no web server."""

from __future__ import annotations

import sys
import threading
import time
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from engine.definition import lint_procedure, load_procedure
from engine.errors import DangwuError, Severity
from engine.simulation import simulate as simulate_timeline
from engine.soundness import explore
from services.audit.anchors import anchor_lines, parse_lines
from services.audit.verify import verify as verify_journal
from services.bootstrap import Application, configure_logging, create_application
from services.calendars import load_calendar
from services.encryption.columns import keyring_of
from services.encryption.rotation import UNKNOWN, Rotated, rotate, usage
from services.encryption.sources import add_key
from services.identity.install import install_administrator
from services.identity.roles import ROLE_NAMES, AdministratorRole
from services.migrations.commands import upgrade
from services.process_migration.commands import StartMigration, start_migration
from services.process_migration.models import ItemState
from services.process_migration.queries import preview as preview_migration
from services.process_migration.queries import progress as migration_progress
from services.process_migration.views import PreviewView
from services.processes.commands import deploy_folder
from services.processes.explored import explored_text
from services.processes.folder import procedure_folders, read_folder
from services.roster.commands import cancel_import, confirm_import, order_import
from services.roster.models import Effect, ImportPhase
from services.roster.names import EFFECT_NAMES
from services.roster.queries import progress as import_progress
from services.roster.report import write_report
from services.roster.rows import RosterUnreadable
from services.roster.views import ImportView
from services.settings import Settings
from services.trace import trace
from services.worker.app import create_celery
from services.worker.embedded import create_worker
from services.worker.run import WorkerLost, run_due
from services.worker.scheduler import schedule_sweeps

STUCK = 3
REFUSED = 2


class ChineseErrors(click.Group):
    """A command group that shows our errors in words instead of a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a refusal ends with exit status 2."""
        try:
            return super().invoke(ctx)
        except DangwuError as error:
            click.echo(str(error), err=True)
            click.echo(error.remedy, err=True)
            ctx.exit(REFUSED)
        except (OperationalError, ProgrammingError) as error:
            click.echo(f"数据库不可用：{error.orig}", err=True)
            click.echo("请检查数据库设置；首次使用请先运行 dangwu db upgrade。", err=True)
            ctx.exit(REFUSED)


@click.group(cls=ChineseErrors)
@click.pass_context
def main(context: click.Context) -> None:
    """dangwu：律师行业党务流程引擎。"""
    settings = Settings.from_environment()
    configure_logging(settings)
    context.obj = settings


main.add_command(trace)

pass_settings = click.make_pass_decorator(Settings)


def _opened(settings: Settings) -> Application:
    """Wire the application; its connections are closed when the command ends."""
    app = create_application(settings)
    click.get_current_context().call_on_close(app.database.dispose)
    return app


@main.group()
def db() -> None:
    """数据库。"""


@db.command("upgrade")
@pass_settings
def db_upgrade(settings: Settings) -> None:
    """建立数据库，或升级到当前版本。"""
    _opened(settings)
    upgrade(settings.database)
    click.echo("数据库已是当前版本。")


@main.group()
def admin() -> None:
    """管理员账号。"""


@admin.command("create")
@click.argument("role", type=click.Choice([role.value for role in AdministratorRole]))
@click.option("--login", required=True, help="登录名，不要与本人办理党务的登录名相同")
@click.option("--name", required=True, help="姓名")
@click.option("--number", required=True, help="工号；一人只能担任一类管理员，以工号为准")
@pass_settings
def admin_create(settings: Settings, role: str, login: str, name: str, number: str) -> None:
    """设立首名系统（system）、安全（security）、审计（audit）管理员，显示一次性密码。"""
    app = _opened(settings)
    upgrade(settings.database)
    kind = AdministratorRole(role)
    password = install_administrator(app, kind, login, name, number)
    click.echo(f"已设立{ROLE_NAMES[kind]}：{name}，登录名 {login}。")
    click.echo(f"一次性密码：{password}")
    click.echo("72小时内有效，首次登录须修改；此密码只显示这一次。")


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@pass_settings
def deploy(settings: Settings, path: Path) -> None:
    """部署一个流程文件夹；内容相同则不产生新版本。"""
    app = _opened(settings)
    upgrade(settings.database)
    deployed = deploy_folder(app, path)
    deployment = deployed.deployment
    state = "已部署" if deployed.is_new else "内容未变，仍为"
    click.echo(f"{deployment.title}（{deployment.key}）{state}第 {deployment.version} 版。")
    if deployed.is_new:
        click.echo(f"{explored_text(deployment.explored_states, deployment.explored_fully)}。")


@main.command()
@click.argument("key")
@click.option("--from", "source", required=True, type=int, help="现在的版本号")
@click.option("--to", "target", required=True, type=int, help="迁移到的版本号")
@click.option("--map", "pairs", multiple=True, help="环节对应，写作 原编号=新编号，可重复")
@click.option("--reason", default="", help="迁移原因，记入流转记录")
@click.option("--preview", is_flag=True, help="只列出结果，不迁移")
@pass_settings
def migrate(
    settings: Settings,
    key: str,
    source: int,
    target: int,
    pairs: tuple[str, ...],
    reason: str,
    *,
    preview: bool,
) -> None:
    """把一个版本的全部在办办件迁移到另一个版本；有办件未能迁移的，退出码为 1。"""
    app = _opened(settings)
    mapping = dict(_pair(pair) for pair in pairs)
    if preview:
        sys.exit(
            0 if _show_preview(preview_migration(app, None, key, source, target, mapping)) else 1
        )
    number = start_migration(app, None, StartMigration(key, source, target, reason, mapping))
    while (view := migration_progress(app, number)).is_running:
        if not run_due(app):
            time.sleep(float(settings.sweep_seconds))
    moved = view.counts[ItemState.MOVED]
    click.echo(f"共 {view.total} 件，已迁移 {moved} 件，未迁移 {view.total - moved} 件。")
    for item in view.failed:
        click.echo(f"  {item.number}：{item.error}")
    if view.counts[ItemState.FAILED]:
        sys.exit(1)


def _show_preview(view: PreviewView) -> bool:
    """Print a preview; tells whether every case can move."""
    click.echo(
        f"{view.title}（{view.key}）第 {view.from_version} 版 → 第 {view.to_version} 版："
        f"在办 {view.total} 件，可迁移 {view.can_move} 件（其中 {view.warned} 件有变化），"
        f"不能迁移 {view.total - view.can_move} 件。"
    )
    for element in view.elements:
        target = f" → {element.target}" if element.target not in {"", element.element} else ""
        words = "可以" if element.can_move else "不能"
        click.echo(f"  {words}  {element.name}（{element.element}{target}）{element.tokens} 处")
        for reason in element.reasons:
            click.echo(f"        {reason}")
    return view.total == view.can_move


def _pair(text: str) -> tuple[str, str]:
    source, separator, target = text.partition("=")
    if not separator or not source or not target:
        raise click.BadParameter("应写作 原编号=新编号。", param_hint="--map")
    return source, target


@main.command("import-roster")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--preview", is_flag=True, help="只核对，不导入")
@pass_settings
def import_roster(settings: Settings, file: Path, *, preview: bool) -> None:
    """核对并导入名册（.xlsx）；有误的行另存为报告，退出码为 1。"""
    app = _opened(settings)
    with file.open("rb") as stream:
        number = order_import(app, None, file.name, stream)
    view = _follow(app, number)
    if preview:
        cancel_import(app, None, number)
    elif view.may_confirm:
        confirm_import(app, None, number)
        view = _follow(app, number)
    click.echo(f"{file.name}：{'核对' if preview else '导入'}结果")
    for sheet in view.sheets:
        words = "，".join(f"{EFFECT_NAMES[e]} {n} 行" for e, n in sheet.counts.items())
        click.echo(f"  {sheet.name}：{words}")
    for row in view.refused:
        click.echo(f"  {row.sheet_name}第 {row.number} 行：{'；'.join(row.remarks)}")
    if view.count(Effect.REFUSED):
        if not preview:
            report = file.with_name(f"{file.stem}-有误的行.xlsx")
            write_report(app, None, number, report)
            click.echo(f"有误的行未导入，已另存为 {report}。")
        sys.exit(1)


def _follow(app: Application, number: int) -> ImportView:
    """Work on an import until it waits for a decision or has ended."""
    while (view := import_progress(app, None, number)).is_working:
        if not run_due(app):
            time.sleep(float(app.settings.sweep_seconds))
    if view.phase is ImportPhase.FAILED:
        raise RosterUnreadable(view.failure)
    if view.has_stalled:
        raise WorkerLost
    return view


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--states", default=300, show_default=True, help="探查流程走法时最多查看的状态数")
def lint(paths: tuple[Path, ...], states: int) -> None:
    """检查流程文件夹能否运行，列出全部问题，并探查各种走法有无停滞。"""
    refused = False
    for path in paths:
        if not (path / "procedure.toml").exists() and path.name.startswith("_"):
            continue
        files = read_folder(path)
        findings = lint_procedure(files)
        explored = ""
        if not any(f.severity is Severity.ERROR for f in findings):
            found = explore(load_procedure(files).process, "process.bpmn", states)
            findings += found.findings
            explored = f"{explored_text(found.states, found.complete)}。"
        errors = [f for f in findings if f.severity is Severity.ERROR]
        for finding in findings:
            click.echo(f"{path}/{finding}")
        refused = refused or bool(errors)
        click.echo(
            f"{path}：{len(errors)} 个错误，{len(findings) - len(errors)} 个提醒。{explored}"
        )
    if refused:
        sys.exit(REFUSED)


@main.command()
@click.argument("key")
@click.option("--from", "start", required=True, type=click.DateTime(["%Y-%m-%d"]), help="起始日期")
@pass_settings
def simulate(settings: Settings, key: str, start: datetime) -> None:
    """推演一项流程的法定时间表：每步最早、最迟日期及其条款。"""
    procedure = load_procedure(read_folder(settings.procedures / key))
    click.echo(f"{procedure.title}：自 {start.date().isoformat()} 起的法定时间表")
    for entry in simulate_timeline(procedure, start.date(), load_calendar()):
        latest = entry.latest or entry.due
        click.echo(
            f"{entry.step:>2} {entry.name}（{entry.lane}）  最早 {entry.earliest.isoformat()}"
            f"  最迟 {latest.isoformat() if latest else '不限'}"
            f"{'（暂定）' if entry.provisional else ''}"
        )
        for limit in entry.limits:
            click.echo(f"     {limit.rule} {limit.explanation}")


@main.command()
@click.option(
    "--anchors",
    "kept",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="另存的存证文件，一并核对",
)
@pass_settings
def verify(settings: Settings, kept: Path | None) -> None:
    """核验流转记录和各登记簿：任何改动、缺失、截断都会指出。"""
    app = _opened(settings)
    outside = parse_lines(kept.read_text(encoding="utf-8")) if kept is not None else ()
    is_intact = True
    with app.database.snapshot() as session:
        for found in verify_journal(session, outside):
            click.echo(f"{found.chain}：第 {found.sequence} 条{found.reason}。")
            is_intact = False
    if not is_intact:
        sys.exit(1)
    click.echo("流转记录和各登记簿完整，未发现改动。")


@main.group()
def anchors() -> None:
    """每日存证：各登记簿和流转记录每天的校验值。"""


@anchors.command("export")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@pass_settings
def anchors_export(settings: Settings, path: Path) -> None:
    """把历次存证写入文件，另行保存或者报上级党组织。"""
    app = _opened(settings)
    with app.database.read() as session:
        lines = [str(line) for line in anchor_lines(session)]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    click.echo(f"已写入 {path}，共 {len(lines)} 条。")


@main.command()
@click.option("--concurrency", default=2, show_default=True, help="并发线程数")
@pass_settings
def worker(settings: Settings, concurrency: int) -> None:
    """运行后台作业进程（需要消息中间件）。"""
    create_worker(create_celery(_with_broker(settings)), concurrency).start()


@main.command()
@pass_settings
def beat(settings: Settings) -> None:
    """按固定间隔发出扫描提示（可同时运行多个）。"""
    schedule_sweeps(
        create_celery(_with_broker(settings)), float(settings.sweep_seconds), threading.Event()
    )


@main.group()
def keys() -> None:
    """数据密钥：增加、换用、查看使用情况。"""


@keys.command("add")
@pass_settings
def keys_add(settings: Settings) -> None:
    """在密钥文件末尾增加一把新的数据密钥。"""
    path, name = add_key(settings)
    click.echo(f"已在 {path} 增加数据密钥“{name}”，请随即备份该文件。")
    click.echo("请重新启动全部进程，再执行 dangwu keys rotate。")


@keys.command("rotate")
@pass_settings
def keys_rotate(settings: Settings) -> None:
    """把加密保存的内容全部换用当前数据密钥；可以中断后再次执行。"""
    app = _opened(settings)
    unreadable = rotate(app.database, _show_rotated)
    for found in unreadable:
        row = "、".join(map(str, found.row))
        click.echo(f"{found.table}.{found.column} 第 {row} 行不能读取，保持原样。", err=True)
    if unreadable:
        sys.exit(1)
    click.echo("已全部换用当前数据密钥。")


def _show_rotated(done: Rotated) -> None:
    if done.seen:
        click.echo(f"  {done.table}：已处理 {done.seen} 行，改写 {done.written} 行")


@keys.command("status")
@pass_settings
def keys_status(settings: Settings) -> None:
    """列出每把数据密钥还有多少内容在用；旧密钥没有内容在用的，才可以删去。"""
    app = _opened(settings)
    with app.database.read() as session:
        counts = usage(session)
        current = keyring_of(session).current
    for name, columns in counts.items():
        if name == UNKNOWN and not columns:
            continue
        title = f"数据密钥“{name}”" if name != UNKNOWN else "未加密或者没有密钥的"
        click.echo(f"{title}{'（当前）' if name == current else ''}：共 {sum(columns.values())} 项")
        for column, number in sorted(columns.items()):
            click.echo(f"  {column}：{number}")


def deploy_all(app: Application) -> None:
    """Deploy every procedure folder of the installation."""
    for folder in procedure_folders(app.settings.procedures):
        deployed = deploy_folder(app, folder)
        if deployed.is_new:
            deployment = deployed.deployment
            click.echo(f"  已部署：{deployment.title} 第 {deployment.version} 版")


def _with_broker(settings: Settings) -> Application:
    if settings.broker_url.startswith("memory"):
        raise click.ClickException(
            "独立运行作业进程须设置 DANGWU_BROKER_URL（例如 redis:// 或 amqp:// 地址）；"
            "单机使用请运行 dangwu run。"
        )
    return _opened(settings)
