"""The command `dangwu trace`: run BPMN files by themselves; no database, no procedure folder."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType

import click

from engine.collaboration import Start
from engine.errors import DangwuError, DefinitionError
from engine.model import Value
from engine.trace import Trace, TraceStatus, to_json
from engine.trace_document import (
    DEFAULT_SECONDS,
    MAX_SECONDS,
    REFUSED,
    answer,
    broken_off,
    out_of_time,
    read_request,
    refusal,
)
from services.clock import SHANGHAI

EXIT_REFUSED = 2
EXIT_STUCK = 3
STDIN = "-"


class OutOfTime(BaseException):
    """The run took too long; no `Exception`, so that nothing on the way takes it for its own."""


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE… | -")
@click.option("--process", "process", help="要启动的流程编号")
@click.option("--message", "message", help="以这一消息启动")
@click.option("--signal", "signal_name", help="以这一信号启动")
@click.option("--data", default="{}", help="启动变量，JSON 对象")
@click.option("--tasks", "task_data", default="{}", help="各用户任务的提交内容，JSON 对象")
@click.option(
    "--max-seconds",
    type=click.FloatRange(0, MAX_SECONDS, min_open=True),
    default=DEFAULT_SECONDS,
    show_default=True,
    help="最长运行时间（秒）",
)
def trace(
    files: tuple[str, ...],
    process: str | None,
    message: str | None,
    signal_name: str | None,
    data: str,
    task_data: str,
    max_seconds: float,
) -> None:
    """自动运行 BPMN 文件，逐行输出事件（JSON）；0 结束，3 停滞，2 被拒绝；- 读写 JSON 文档。"""
    if files == (STDIN,):
        document = _run_document(sys.stdin.buffer.read())
        click.echo(to_json(document))
        sys.exit(_exit_status(document["status"]))
    if message is not None and signal_name is not None:
        raise click.UsageError("--message 和 --signal 只能用一个。")
    start = Start(process, _json_object(data, "--data"), message, signal_name)
    answers = _json_object(task_data, "--tasks")
    try:
        run = Trace(_read(files), (start,), answers, datetime.now(SHANGHAI))
    except DefinitionError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_REFUSED)
    try:
        with _time_limit(max_seconds):
            for event in run:
                click.echo(event.to_json())
    except OutOfTime:
        click.echo(out_of_time(max_seconds), err=True)
        sys.exit(EXIT_STUCK)
    sys.exit(_exit_status(run.status.value))


def _run_document(text: bytes) -> dict[str, object]:
    """Return the answer to a request; whatever it holds, there is an answer."""
    run: Trace | None = None
    seconds = DEFAULT_SECONDS
    try:
        request = read_request(text)
        seconds = request.max_seconds
        with _time_limit(seconds):
            run = Trace(request.files, request.starts, request.task_data, datetime.now(SHANGHAI))
            for _ in run:
                pass
    except OutOfTime:
        return broken_off(run, out_of_time(seconds))
    except DangwuError as error:
        return refusal(error, deployed=run is not None)
    except (RecursionError, MemoryError):
        return broken_off(run, "流程嵌套过深或占用内存过多，已停止。")
    return answer(run)


def _exit_status(status: object) -> int:
    if status == TraceStatus.COMPLETED.value:
        return 0
    return EXIT_REFUSED if status == REFUSED else EXIT_STUCK


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in the main thread after `seconds`, wherever it is then."""

    def expire(_number: int, _frame: FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _read(files: tuple[str, ...]) -> dict[str, bytes]:
    """Return the contents of the files by name; raises BadParameter for what cannot be read."""
    contents = {}
    for name in files:
        try:
            contents[name] = Path(name).read_bytes()
        except OSError as error:
            raise click.BadParameter(f"无法读取文件“{name}”。", param_hint="FILE") from error
    return contents


def _json_object(text: str, option: str) -> dict[str, Value]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise click.BadParameter("应为 JSON 对象。", param_hint=option)
    return value
