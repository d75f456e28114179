"""The workbook people fill in: headings with notes, drop-down lists, a row that shows how."""

from __future__ import annotations

from pathlib import Path

from services.roster.columns import COLUMNS, EXAMPLE, SAMPLE
from services.roster.models import Sheet
from services.roster.names import SHEET_NAMES
from services.spreadsheets.writing import WorkbookWriter

FILE_NAME = "名册导入模板.xlsx"

INSTRUCTIONS = (
    "名册导入填写说明",
    "",
    "一、“组织”“人员”“任职”三张工作表按需填写，不用的可以删除；列的次序可以调整，列名不能改动。",
    "二、红色列名为必填项；把鼠标移到列名上，可以看到填写说明；有下拉列表的请从列表中选择。",
    "三、组织按组织代码识别；人员按身份证号识别，没有身份证号的按姓名、出生日期、所在支部识别。",
    "四、重复导入同一份名册不会重复登记。已登记的人员，名册只补充空缺、更新职业、电话和住址。",
    "五、名称、隶属关系、政治面貌、所在支部等变更须有依据，请在组织和人员的页面上或者通过流程办理。",
    "六、上传后先核对，列出每行的结果和有误的单元格；确认之后才导入，有误的行不导入，可以下载改正后重新上传。",
    f"七、备注为“{EXAMPLE}”的行不导入；虚构的数据请在备注中写“{SAMPLE}”。",
)


def write_template(path: Path) -> str:
    """Write the template to a file and return a name for it."""
    with WorkbookWriter(path) as writer:
        for sheet in Sheet:
            columns = COLUMNS[sheet]
            writer.sheet(SHEET_NAMES[sheet], [column.style for column in columns])
            writer.row([column.example for column in columns])
        writer.lines("填写说明", INSTRUCTIONS)
    return FILE_NAME
