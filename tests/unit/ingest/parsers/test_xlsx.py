"""Excel workbooks, and the tables of sheets in general."""

from __future__ import annotations

import datetime as dt

import offices
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.chart import BarChart, Reference

from ragsys.errors import NoTextError, OfficeDamagedError, OfficeTooLargeError
from ragsys.ingest.parsers import sheets
from ragsys.ingest.parsers.xlsx import XlsxParser
from ragsys.types import Place, place_of

_CELL = st.one_of(st.none(), st.integers(-99, 99), st.text(st.sampled_from("ab水\n"), min_size=1, max_size=6))


def _parse(data):
    return XlsxParser().parse(data, name="a.xlsx")


def _sheet():
    workbook = openpyxl.Workbook()
    return workbook, workbook.active


def test_a_sheet_is_a_section_and_a_row_a_place():
    """Sheet names are headings, rows Markdown rows, and each row's place is its cells."""
    found = _parse(offices.xlsx(Sales=[["Year", "Ducks"], [2023, 12], [2024, None]], Costs=[["a", "b"], [1, 2]]))
    assert found.text == (
        "Sales\n\n| Year | Ducks |\n| --- | --- |\n| 2023 | 12 |\n| 2024 |  |\n\n"
        "Costs\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n"
    )
    assert [heading.title for heading in found.headings] == ["Sales", "Costs"]
    row = found.text.index("| 2023")
    assert Place(row, "Sales!", "A2", "B2") in found.places
    assert place_of(found.places, 0, found.text.index("Costs")) == "Sales!A1:A3"
    assert place_of(found.places, found.text.index("Costs"), len(found.text)) == "Costs!A1:B2"


def test_cells_are_as_they_are_shown():
    """Dates, percent, grouped numbers, switches and money come out as the sheet shows them."""
    workbook, sheet = _sheet()
    sheet.append(["what", "shown"])
    values = [
        (dt.date(2024, 2, 29), "yyyy-mm-dd"), (dt.datetime(2024, 2, 29, 13, 5), "d/m/yy h:mm"),  # noqa: DTZ001
        (0.256, "0.0%"), (1234567.5, "#,##0.00"), (-3, '0;"("0")"'), (12.5, "[$€-407] 0.00"),
        (3.0, "General"), (True, "General"),
    ]  # fmt: skip
    for at, (value, code) in enumerate(values, 2):
        sheet.cell(at, 1, f"v{at}")
        sheet.cell(at, 2, value).number_format = code
    text = _parse(offices.saved(workbook)).text
    shown = [line.split(" | ")[1].removesuffix(" |") for line in text.splitlines() if line.startswith("| v")]
    assert shown == ["2024-02-29", "2024-02-29 13:05", "25.6%", "1,234,567.50", "(3)", "€ 12.50", "3", "TRUE"]


def test_empty_rows_cost_nothing():
    """The last cell of the largest sheet there is is found without a look at the cells before it."""
    workbook, sheet = _sheet()
    sheet["A1"], sheet["XFD1048576"] = "first", "last"
    found = _parse(offices.saved(workbook))
    assert found.text == "Sheet\n\nfirst\n\nlast\n"
    assert found.places[-1].first == "XFD1048576"


def test_hidden_sheets_rows_and_columns_are_left_out_and_counted():
    """What the author hid is not read; that something is hidden is said."""
    workbook, sheet = _sheet()
    for row in (["a", "b", "c"], [1, 2, 3], [4, 5, 6]):
        sheet.append(row)
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["B"].hidden = True
    workbook.create_sheet("Secret").append(["no"])
    workbook["Secret"].sheet_state = "veryHidden"
    found = _parse(offices.saved(workbook))
    assert found.text == "Sheet\n\n| a | c |\n| --- | --- |\n| 4 | 6 |\n"
    assert sorted(found.metadata["hidden"].split(", ")) == ["1 column", "1 row", "1 sheet"]


def test_rows_that_a_filter_hides_are_read():
    """A filter is a view of a sheet, not a part of it taken back."""
    workbook, sheet = _sheet()
    for row in (["a", "b"], ["x", 1], ["y", 2]):
        sheet.append(row)
    sheet.auto_filter.ref = "A1:B3"
    sheet.auto_filter.add_filter_column(0, ["x"])
    sheet.row_dimensions[3].hidden = True
    found = _parse(offices.saved(workbook))
    assert "| y | 2 |" in found.text
    assert "hidden" not in found.metadata


def test_merged_cells_say_their_words_in_every_row():
    """A merged cell stands in the rows and columns that it covers; a merged title is a paragraph."""
    workbook, sheet = _sheet()
    for row in (["Ducks of the year", None], ["where", "how many"], ["pond", 1], [None, 2]):
        sheet.append(row)
    sheet.merge_cells("A1:B1")
    sheet.merge_cells("A3:A4")
    sheet.merged_cells.add("F9:XFD1048576")  # merging would make each of the cells
    assert _parse(offices.saved(workbook)).text == (
        "Sheet\n\nDucks of the year\n\n| where | how many |\n| --- | --- |\n| pond | 1 |\n| pond | 2 |\n"
    )


def test_tables_side_by_side_and_below_each_other_are_told_apart():
    """Each table has its own header; rows that go on after an empty row have none."""
    workbook, sheet = _sheet()
    for at, row in {1: ["a", "b"], 2: [1, 2], 4: [3, 4], 6: ["c", "d"], 7: ["x", "y"]}.items():
        for column, value in enumerate(row, 1):
            sheet.cell(at, column, value)
    for at, row in {6: ["e", "f"], 7: [5, 6], 8: [7, 8]}.items():
        for column, value in enumerate(row, 5):
            sheet.cell(at, column, value)
    assert _parse(offices.saved(workbook)).text.split("\n\n")[1:] == [
        "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |",
        "| c | d |\n| --- | --- |\n| x | y |",
        "| e | f |\n| --- | --- |\n| 5 | 6 |\n| 7 | 8 |\n",
    ]


def test_a_chart_is_read_with_its_sheet():
    """Titles of charts stand below the sheet that they lie on."""
    workbook, sheet = _sheet()
    sheet.append(["Year", "Ducks"])
    sheet.append([2024, 180])
    chart = BarChart()
    chart.title = "Ducks by year"
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=2), titles_from_data=True)
    sheet.add_chart(chart, "E5")
    assert _parse(offices.saved(workbook)).text.endswith("\n\nDucks by year\n")


def test_too_many_cells_are_a_typed_error(monkeypatch):
    """A workbook beyond the limit is refused, merged cells included."""
    monkeypatch.setattr(sheets, "_MOST_CELLS", 20)
    with pytest.raises(OfficeTooLargeError):
        _parse(offices.xlsx(Big=[[1] * 3] * 7))
    workbook, sheet = _sheet()
    sheet["A1"] = "wide"
    for at in range(1, 12):
        sheet.cell(at, 9, at)
    sheet.merge_cells("A1:H11")
    with pytest.raises(OfficeTooLargeError):
        _parse(offices.saved(workbook))


def test_bad_workbooks_are_typed_errors():
    """No cell that shows anything, and a sheet that is no XML, each have their own outcome."""
    with pytest.raises(NoTextError):
        _parse(offices.saved(openpyxl.Workbook()))
    with pytest.raises(OfficeDamagedError):
        _parse(offices.replaced(offices.xlsx(a=[[1]]), **{"xl/worksheets/sheet1.xml": "<worksheet>"}))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(_CELL, min_size=1, max_size=5), min_size=1, max_size=7))
def test_every_cell_is_in_its_rows_place(rows):
    """What a cell shows stands in the line whose place names its row, and in no other."""
    try:
        found = _parse(offices.xlsx(S=rows))
    except NoTextError:
        assert not any(cell is not None and str(cell).strip() for row in rows for cell in row)
        return
    starts = [place.start for place in found.places]
    assert starts == sorted(set(starts))
    for number, row in enumerate(rows, 1):
        cells = [words for cell in row if cell is not None and (words := " ".join(str(cell).split()))]
        lines = [
            found.text[place.start :].split("\n", 1)[0] for place in found.places[1:] if place.first[1:] == str(number)
        ]
        shown = [cell.strip() for line in lines for cell in line.split("|") if cell.strip()]
        # A row that says one thing only may be a title, which says it once.
        assert sorted(shown) == sorted(cells) or (len(set(cells)) == 1 and shown == cells[:1])
