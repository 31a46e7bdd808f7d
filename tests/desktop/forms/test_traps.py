"""The places where engines go wrong, each by name."""

import pytest

from desktop.forms.errors import FormError, XPathError
from desktop.forms.xform.definition import parse_xform
from desktop.forms.xlsform.importer import import_workbook
from desktop.forms.xpath import regexes
from tests.desktop.forms.building import session, values, workbook, xform


def test_a_calculate_without_dependencies_runs_when_its_node_becomes_relevant() -> None:
    form = xform(
        "<ask/><stamp/>",
        """<bind nodeset="/data/stamp" relevant="/data/ask = 'y'" calculate="'now'"/>""",
        '<input ref="/data/ask"/>',
    )
    of = session(form)
    assert values(of)["/data/stamp"] == ""
    of.set_value("/data/ask", "y")
    assert values(of)["/data/stamp"] == "now"


def test_choice_name_depends_on_the_outputs_in_choice_labels() -> None:
    form = workbook(
        """
        | survey |
        | | type | name | label | calculation |
        | | text | who | Who | |
        | | select_one c | pick | Pick | |
        | | calculate | said | | jr:choice-name(${pick}, '${pick}') |

        | choices |
        | | list_name | name | label |
        | | c | a | Told by ${who} |
        """
    )
    of = session(form)
    of.set_value("/data/pick", "a")
    of.set_value("/data/who", "Ana")
    assert values(of)["/data/said"].strip() == "Told by Ana"


def test_a_hidden_node_reads_as_empty_but_keeps_its_value() -> None:
    form = xform(
        "<ask/><kept/><copy/>",
        """<bind nodeset="/data/kept" relevant="/data/ask = 'y'"/>
        <bind nodeset="/data/copy" calculate="/data/kept"/>""",
        '<input ref="/data/ask"/><input ref="/data/kept"/>',
    )
    of = session(form)
    of.set_value("/data/ask", "y")
    of.set_value("/data/kept", "said")
    of.set_value("/data/ask", "n")
    assert (values(of)["/data/kept"], values(of)["/data/copy"]) == ("", "")
    assert of.draft().values["/data/kept"] == "said"
    of.set_value("/data/ask", "y")
    assert values(of)["/data/copy"] == "said"


@pytest.mark.parametrize(("reference", "shown"), [(True, ""), (False, "gone")])
def test_an_initial_value_outside_the_choices_is_cleared_by_the_reference_and_asked_about_here(
    *, reference: bool, shown: str
) -> None:
    form = xform(
        "<pick>gone</pick>",
        body='<select1 ref="/data/pick"><item><label>A</label><value>a</value></item></select1>',
    )
    of = session(form, reference=reference)
    assert values(of)["/data/pick"] == shown
    assert [violation.code for violation in of.validate()] == ([] if reference else ["choice"])
    assert [choice.no_longer_offered for choice in of.question("/data/pick").choices] == (
        [False] if reference else [False, True]
    )


def test_a_calculate_that_stringifies_its_own_group_comes_to_rest() -> None:
    form = xform(
        "<g><a/><sum/></g>", '<bind nodeset="/data/g/sum" calculate="string(..)"/>', '<input ref="/data/g/a"/>'
    )
    of = session(form)
    of.set_value("/data/g/a", "x")
    assert values(of)["/data/g/sum"].startswith("x")


def test_date_like_strings_act_as_numbers() -> None:
    form = xform(
        "<when/><late/><days/>",
        """<bind nodeset="/data/late" calculate="/data/when &gt; '2020-01-01'"/>
        <bind nodeset="/data/days" calculate="int(date('2020-01-03') - date('2020-01-01'))"/>""",
        '<input ref="/data/when"/>',
    )
    of = session(form)
    of.set_value("/data/when", "2024-05-05")
    assert (values(of)["/data/late"], values(of)["/data/days"]) == ("true", "2")


def test_a_hyphen_beside_a_class_is_a_hyphen() -> None:
    assert regexes.found(r"^[\w-\.]+$", "a-b.c")
    assert not regexes.found(r"^[\w-\.]+$", "a b")


@pytest.mark.parametrize(("pattern", "warned"), [("^(a+)+$", False), ("^(a|aa)+$", True)])
def test_a_pattern_that_would_freeze_is_an_invalid_answer_and_a_named_warning(pattern: str, *, warned: bool) -> None:
    form = xform("<a/>", f"""<bind nodeset="/data/a" constraint="regex(., '{pattern}')"/>""", '<input ref="/data/a"/>')
    of = session(form)
    change = of.set_value("/data/a", "a" * 60 + "!")
    assert [node.violation.code for node in change.changed if node.violation] == ["constraint"]
    assert ("pattern_too_slow" in of.warnings) == warned


def test_a_dollar_is_the_end_of_the_text_and_not_of_its_last_line() -> None:
    assert not regexes.found("^a$", "a\n")


def test_lint_finds_unknown_functions_and_wrong_arity_which_the_converter_does_not() -> None:
    text = """
        | survey |
        | | type | name | label | calculation |
        | | text | q | Q | |
        | | calculate | a | | explode(${q}) |
        | | calculate | b | | substr(${q}) |
        """
    result = import_workbook(text.encode(), "form.md", isolated=False)
    assert {"function_unknown", "function_arguments"} <= {problem.code for problem in result.problems}
    assert result.xform is not None


def test_an_undeclared_instance_reads_as_empty_with_one_warning() -> None:
    form = xform(
        "<a/><b/>",
        """<bind nodeset="/data/a" calculate="instance('contact-summary')/context/x"/>
        <bind nodeset="/data/b" calculate="count(instance('contact-summary')/context/x)"/>""",
    )
    of = session(form)
    assert (values(of)["/data/a"], values(of)["/data/b"]) == ("", "0")
    assert [warning for warning in of.warnings if warning.startswith("instance_undeclared")] == [
        "instance_undeclared:contact-summary"
    ]


def test_an_answer_typed_over_a_calculation_stays_until_the_result_changes() -> None:
    form = xform(
        "<a>1</a><b/>",
        '<bind nodeset="/data/b" calculate="/data/a &gt; 5"/>',
        '<input ref="/data/a"/><input ref="/data/b"/>',
    )
    of = session(form)
    of.set_value("/data/b", "mine")
    of.set_value("/data/a", "2")
    assert values(of)["/data/b"] == "mine"
    of.set_value("/data/a", "9")
    assert values(of)["/data/b"] == "true"


def test_entities_are_refused() -> None:
    with pytest.raises(FormError) as refusal:
        parse_xform('<!DOCTYPE x [<!ENTITY a "b">]><h:html xmlns:h="u">&a;</h:html>')
    assert refusal.value.code == "xml_unsafe"


def test_a_count_that_is_no_number_erases_nobody() -> None:
    form = xform(
        "<n>2</n><child><name/></child>",
        '<bind nodeset="/data/n" type="string"/>',
        '<input ref="/data/n"/><repeat nodeset="/data/child" jr:count="/data/n">'
        '<input ref="/data/child/name"/></repeat>',
    )
    of = session(form)
    of.set_value("/data/child[2]/name", "Ben")
    of.set_value("/data/n", "")
    assert values(of)["/data/child[2]/name"] == "Ben"


def test_two_answers_computed_from_each_other_come_to_rest_with_a_warning() -> None:
    form = xform(
        "<a/><b/>",
        '<bind nodeset="/data/a" calculate="/data/b + 1"/>'
        '<bind nodeset="/data/b" calculate="coalesce(/data/a, 0) + 1"/>',
    )
    of = session(form)
    assert any(warning.startswith("cycle:") for warning in of.warnings)
    with pytest.raises(FormError):
        session(form, reference=True)


def test_what_is_no_function_fails_only_where_it_is_evaluated() -> None:
    form = xform("<a/>", """<bind nodeset="/data/a" calculate="if(true(), 'x', explode())"/>""")
    assert values(session(form))["/data/a"] == "x"
    broken = session(xform("<a/>", '<bind nodeset="/data/a" calculate="explode()"/>'))
    assert "expression_failed:unknown function explode" in broken.warnings
    assert issubclass(XPathError, Exception)
