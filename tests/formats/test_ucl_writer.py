"""Values as libucl lays them out; the texts are what `pkg info -R` printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfake.formats import ucl
from portfake.formats.ucl_writer import Layout, emit

LONG = "a line of some length, " * 4
VALUE = {
    "name": 'a "b"',
    "size": 1,
    "vital": True,
    "list": ["x", "y"],
    "none": [],
    "/c++ d": {"a:b": "1", "c": {}},
    "text": f"one\n{LONG}",
    "objects": [{"a": "b"}],
}


@pytest.mark.parametrize(
    ("layout", "text"),
    [
        (
            Layout.COMPACT,
            '{"name":"a \\"b\\"","size":1,"vital":true,"list":["x","y"],"none":[],'
            f'"/c++ d":{{"a:b":"1","c":{{}}}},"text":"one\\n{LONG}","objects":[{{"a":"b"}}]}}',
        ),
        (
            Layout.YAML,
            'name: "a \\"b\\""\nsize: 1\nvital: true\nlist: [\n    "x",\n    "y"\n]\nnone: [\n\n]\n'
            f'"/c++ d": {{\n    "a:b": "1",\n    c: {{\n\n    }}\n}}\ntext: "one\\n{LONG}"\n'
            'objects: [\n    {\n        a: "b"\n    }\n]',
        ),
        (
            Layout.JSON,
            '{\n    "name": "a \\"b\\"",\n    "size": 1,\n    "vital": true,\n    "list": [\n'
            '        "x",\n        "y"\n    ],\n    "none": [\n\n    ],\n    "/c++ d": {\n'
            '        "a:b": "1",\n        "c": {\n\n        }\n    },\n'
            f'    "text": "one\\n{LONG}",\n'
            '    "objects": [\n        {\n            "a": "b"\n        }\n    ]\n}',
        ),
        (
            Layout.UCL,
            'name = "a \\"b\\"";\nsize = 1;\nvital = true;\nlist [\n    "x",\n    "y",\n]\n'
            'none [\n]\n"/c++ d" {\n    "a:b" = "1";\n    c {\n    }\n}\n'
            f"text = <<EOD\none\n{LONG}\nEOD;\n"
            'objects [\n    {\n        a = "b";\n    }\n]\n',
        ),
    ],
)
def test_layouts(layout: Layout, text: str) -> None:
    assert emit(VALUE, layout) == text


PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)


@given(st.dictionaries(PLAIN.filter(bool), st.lists(PLAIN), max_size=3))
def test_json_is_read_back(value: dict[str, list[str]]) -> None:
    for layout in (Layout.JSON, Layout.COMPACT):
        assert ucl.parse(emit(value, layout)) == value
