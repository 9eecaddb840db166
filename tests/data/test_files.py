from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnviz.data import files
from nnviz.data.files import read_csv
from nnviz.data.table import Table
from nnviz.errors import DataError, FileError, NnvizError


@pytest.fixture
def read(tmp_path: Path):
    def reading(content: str | bytes) -> Table:
        path = tmp_path / "some.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_csv(path)

    return reading


def values(table: Table, name: str) -> list[float]:
    return table.column(name).values.tolist()


def test_numbers_and_classes(read) -> None:
    table = read("a,b,kind\n1,2.5,dog\n-3,1e-2,cat\n+4,.5,dog\n")
    assert (table.name, table.source, table.rows) == ("some", "some.csv", 3)
    assert values(table, "a") == [1, -3, 4]
    assert values(table, "b") == [2.5, 0.01, 0.5]
    assert table.column("kind").classes == ("cat", "dog")
    assert values(table, "kind") == [1, 0, 1]
    assert table.column("a").classes == ()


def test_values_are_float64_and_frozen(read) -> None:
    column = read("a,b\n1,x\n2,y\n").column("a")
    assert column.values.dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        column.values[0] = 5


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_delimiters(read, mark: str) -> None:
    table = read(f"a{mark}b\n1.5{mark}x\n2{mark}y\n")
    assert values(table, "a") == [1.5, 2]
    assert table.column("b").classes == ("x", "y")


def test_a_delimiter_between_quotation_marks_does_not_count(read) -> None:
    table = read('"a, first, in cm";b\n1;2\n')
    assert [column.name for column in table.columns] == ["a, first, in cm", "b"]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_decimal_commas(read, mark: str) -> None:
    table = read(f"a{mark}b{mark}c\n1,5{mark}3{mark}x\n-,5{mark}1,5e-3{mark}y\n")
    assert values(table, "a") == [1.5, -0.5]
    assert values(table, "b") == [3, 0.0015]


def test_a_semicolon_file_with_points(read) -> None:
    assert values(read("a;b\n1.5;2\n2.5;3\n"), "a") == [1.5, 2.5]


def test_commas_among_points_are_text_among_numbers(read) -> None:
    with pytest.raises(DataError, match=r"text among numbers .*line 4, column a.*'3,5'"):
        read("a;b\n1.5;2\n2.5;3\n3,5;4\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_encodings(read, encoding: str) -> None:
    table = read("größe,müsli\n1,süß\n2,öde\n".encode(encoding))
    assert [column.name for column in table.columns] == ["größe", "müsli"]
    assert table.column("müsli").classes == ("süß", "öde")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_blank_lines(read, end: str) -> None:
    table = read(end + end.join(["a,b", "", "1,x", "  ", "2,y", "", ""]))
    assert values(table, "a") == [1, 2]


def test_spaces_around_fields(read) -> None:
    table = read(' a , kind \n 1 , dog \n 2 , "cat" \n 3, dog\n')
    assert values(table, "a") == [1, 2, 3]
    assert table.column("kind").classes == ("cat", "dog")


def test_classes_that_look_like_booleans_or_partly_like_numbers_keep_their_texts(read) -> None:
    table = read("a,b,c\n1,TRUE,1A\n2,false,2\n3,True,3B\n")
    assert table.column("b").classes == ("TRUE", "True", "false")
    assert table.column("c").classes == ("1A", "2", "3B")


def test_numbers_read_back_bit_for_bit(read) -> None:
    numbers = np.random.default_rng(0).integers(0, 2**64, 2000, dtype=np.uint64).view(np.float64)
    numbers = numbers[np.isfinite(numbers)]
    table = read("a\n" + "\n".join(map(repr, numbers.tolist())))
    assert table.column("a").values.tobytes() == numbers.tobytes()


def test_huge_whole_numbers(read) -> None:
    table = read("a,b\n99999999999999999999999,1\n18446744073709551615,2\n-3,3\n")
    assert values(table, "a") == [1e23, 1.8446744073709552e19, -3]


def test_names_that_count_up_are_names(read) -> None:
    assert [column.name for column in read("0,1,2,label\n5,6,7,x\n").columns] == ["0", "1", "2", "label"]


GAP = "A cell is empty"
REFUSED = {
    "empty": ("", "The file is empty"),
    "a mark of order only": (b"\xef\xbb\xbf", "The file is empty"),
    "blank": ("\n \n\n", "The file is empty"),
    "only a blank in quotation marks": ('" "', "The file is empty"),
    "header only": ("a,b\n", r"column names, but no rows \(some.csv, line 1\)"),
    "header without an end": ("a,b", "column names, but no rows"),
    "no header": ("5.1,3.5,setosa\n4.9,3.0,setosa\n", r"numbers, not column names .*line 1.*5.1, 3.5, setosa"),
    "no header, comma decimals": ("5,1;setosa\n4,9;setosa\n", "numbers, not column names"),
    "no header, whole numbers": ("0,0,0\n0,1,1\n", "numbers, not column names"),
    "no name": ("a,,c\n1,2,3\n", r"no name \(some.csv, line 1, column 2\)"),
    "same names": ("a,b, a\n1,2,3\n", r"same name .*column a.*a 2 times"),
    "text among numbers": ("a,b\n1,2\n2,3\n\n3,x\n4,5\n", r"text among numbers .*line 5, column b.*found 'x'"),
    "text first": ("a,b\nx,2\n2,3\n3,4\n", r"text among numbers .*line 2, column a.*found 'x'"),
    "hexadecimal": ("a\n1\n0x10\n2\n", r"text among numbers .*line 3, column a.*'0x10'"),
    "underscores": ("a\n1\n1_000\n2\n", r"text among numbers .*line 3.*'1_000'"),
    "a gap among numbers": ("a,b\n1,2\n,3\n", rf"{GAP} \(some.csv, line 3, column a\)"),
    "a gap at the end": ("a,b\n1,2\n3,\n", rf"{GAP} \(some.csv, line 3, column b\)"),
    "a gap among classes": ("a,b\n1,x\n2,\n3,y\n", rf"{GAP} \(some.csv, line 3, column b\)"),
    "NaN": ("a,b\n1,2\n3,NaN\n", rf"{GAP} .*line 3, column b.*'NaN'"),
    "NaN among classes": ("a,b\n1,x\n3,nan\n2,y\n", rf"{GAP} .*line 3, column b"),
    "NA": ("a,b\n1,2\nNA,3\n", rf"{GAP} .*line 3, column a.*'NA'"),
    "question mark": ("a,b\n1,2\n?,3\n", rf"{GAP} .*line 3, column a.*'\?'"),
    "a column of gaps": ("a,b\n1,\n2,\n", rf"{GAP} .*line 2, column b"),
    "infinity": ("a,b\n1,2\n3,inf\n", r"not finite .*line 3, column b.*'inf'"),
    "infinity by its size": ("a,b\n1,2\n3,-1e999\n", r"not finite .*line 3, column b.*'-1e999'"),
    "infinity among texts": ("a,b\n1,2\n3,4\n3,x\n-Infinity,4\n5,6\n", r"not finite .*line 5, column a"),
    "a short line": ("a,b,c\n1,2,3\n4,5\n", r"another number of fields .*line 3.*3 fields, found 2: 4, 5"),
    "a short first line": ("a,b,c\n4,5\n1,2,3\n", r"another number of fields .*line 2"),
    "a short line among classes": ("a,b\n1,x\n4\n", r"another number of fields .*line 3"),
    "a long line": ("a,b\n1,2\n3,4,5\n", r"another number of fields .*line 3.*2 fields, found 3: 3, 4, 5"),
    "long lines throughout": ("a,b\n0,1,2\n1,3,4\n", r"another number of fields .*line 2"),
    "a quotation that does not end": ('a,b\n1,"x\n2,y\n', r"never closed \(some.csv, line 2\)"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not a text file"),
    "zeros": (bytes(1000), "not a text file"),
    "UTF-16": ("a,b\n1,2\n".encode("utf-16"), "not a text file"),
    "neither UTF-8 nor Windows-1252": (b"a,b\n1,\x81\n", "not a text file"),
    "a huge field": ('a,b\n1,"' + "x" * 200_000 + '"\n', "line|table"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(read, name: str) -> None:
    content, told = REFUSED[name]
    with pytest.raises(DataError, match=told) as caught:
        read(content)
    assert "some.csv" in caught.value.where
    assert "some.csv" in str(caught.value)


def test_line_numbers_count_fields_with_line_ends(read) -> None:
    with pytest.raises(DataError, match="line 5, column b"):
        read('a,b\n1,2\n"1",3\n"2"\n4,x\n1,2\n1,2\n'.replace('"2"\n', "2,2\n"))
    with pytest.raises(DataError, match="line 6, column b"):
        read('"a\nx",b\n1,2\n\n3,4\n5,x\n')


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"cannot be read .*none\.csv.*No such file"):
        read_csv(tmp_path / "none.csv")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        read_csv(tmp_path)


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(FileError, match="cannot be read"):
        read_csv("a\0b.csv")


def test_too_large_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.csv"
    path.write_text("a\n1\n")
    os.truncate(path, files.MAX_BYTES + 1)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("was read"))
    with pytest.raises(DataError, match=r"too large .*at most 512 MiB, found 513 MiB"):
        read_csv(path)


def test_at_and_over_the_limit_of_size(read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 8)
    assert read("a,b\n1,2\n").rows == 1
    with pytest.raises(DataError, match="too large"):
        read("a,b\n1,22\n")


def test_at_and_over_the_limit_of_columns(read) -> None:
    def wide(columns: int) -> str:
        return ",".join(f"c{i}" for i in range(columns)) + "\n" + ",".join(["1"] * columns)

    assert len(read(wide(files.MAX_COLUMNS)).columns) == 10_000
    with pytest.raises(DataError, match=r"too many columns .*at most 10,000, found 10,001"):
        read(wide(files.MAX_COLUMNS + 1))


def test_at_and_over_the_limit_of_classes(read) -> None:
    def varied(classes: int) -> str:
        return "a,b\n" + "".join(f"{i},k{i}\n" for i in range(classes))

    assert len(read(varied(files.MAX_CLASSES)).column("b").classes) == 1_000
    with pytest.raises(DataError, match=r"too many different texts .*column b.*at most 1,000 .*found 1,001"):
        read(varied(files.MAX_CLASSES + 1))


def test_no_such_column(read) -> None:
    with pytest.raises(DataError, match=r"no such column .*one of a, b, found 'c'"):
        read("a,b\n1,2\n").column("c")


def test_an_older_pandas_is_asked_for_exact_fractions(read, monkeypatch: pytest.MonkeyPatch) -> None:
    import pandas

    asked: list[object] = []
    original = pandas.read_csv

    def noting(*args, float_precision=None, **kwargs):
        asked.append(float_precision)
        return original(*args, **kwargs)

    monkeypatch.setattr(pandas, "read_csv", noting)
    monkeypatch.setattr(pandas, "__version__", "2.3.3")
    read("a,b\n1,2\n")
    monkeypatch.setattr(pandas, "__version__", "3.1.0")
    read("a,b\n1,2\n")
    assert asked == ["round_trip", None]


SEEDS = [
    b"a,b,kind\n1,2.5,dog\n-3,1e-2,cat\n4,.5,dog\n",
    b'a;"b;c";k\r\n1,5;2;x\r\n3;4;"y ""z"""\r\n',
    "größe\tb\n1\t2\n3\t4\n".encode(),
]


@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 60), st.binary(max_size=3), st.integers(0, 5)), max_size=6),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_mutated_file_gives_a_table_or_an_error_of_our_own(read, seed: bytes, cuts: list) -> None:
    content = seed
    for place, put, removed in cuts:
        content = content[:place] + put + content[place + removed :]
    table, told = outcome(read, content)
    if table is None:
        assert "some.csv" in told
    else:
        assert all(len(column.values) == table.rows > 0 for column in table.columns)
        assert all(np.isfinite(column.values).all() for column in table.columns)


def outcome(read, content: bytes) -> tuple[Table | None, str]:
    try:
        return read(content), ""
    except NnvizError as error:
        return None, str(error)


def test_a_column_with_another_decimal_mark_is_no_class_column(tmp_path: Path) -> None:
    file = tmp_path / "mixed.csv"
    file.write_text("height;weight;kind\n1.82;70,5;x\n1.65;60,25;y\n1.71;66,1;x\n")
    with pytest.raises(DataError, match="decimal marks") as caught:
        read_csv(file)
    assert "one decimal mark" in str(caught.value)
