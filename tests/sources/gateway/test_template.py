"""What do mapping templates say?"""

from typing import Any

import pytest

from eventsim_sources.gateway.template import TemplateMistake, render
from eventsim_sources.gateway.template.variables import Input, Util, escape_javascript

BODY = '{"name": "O\'Hara", "items": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}], "price": 9.5, "none": null}'


def said(template: str, **variables: Any) -> str:
    """Return what a template says of a request."""
    given = Input(BODY, path={"id": "7"}, querystring={"q": "x y"}, header={"X-Api": "h"})
    return render(template, {"input": given, "util": Util(), "context": {"stage": "dev"}, **variables})


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$input.json('$.items[0]')", '{"sku":"a","n":1}'),
        ("$input.path('$.items[1].sku')-$input.params('id')", "b-7"),
        ("$input.params().header.get('X-Api') $input.params('x-api') $!input.params('no')", "h h "),
        ("$util.urlEncode($input.params('q')) $util.base64Encode('a')", "x+y YQ=="),
        ("$util.escapeJavaScript($input.path('$.name'))", "O\\'Hara"),
        ("${context.stage} $context.nobody", "dev "),
        ("$nobody $!nobody ${nobody} costs $5 a#b", "$nobody  ${nobody} costs $5 a#b"),
        ("#set($x = 2)#set($y = $x * 3 + 1)$y", "7"),
        ('#set($x = "stage $context.stage")$x.toUpperCase().substring(0, 5)', "STAGE"),
        ("#if($input.path('$.price') > 9 && !false)big#elseif(true)mid#{else}small#end", "big"),
        ("#if($input.path('$.none'))yes#{else}no#end", "no"),
        (
            "#foreach($i in $input.path('$.items'))$foreach.index:$i.sku#if($foreach.hasNext),#end#end",
            "0:a,1:b",
        ),
        ("#set($m = {'a': 1})#set($x = $m.put('b', [1, 2]))$m.b.size() $m.keySet()", "2 [a, b]"),
        ("#foreach($i in [1..3])$i#end## a comment\n#* another *#.", "123."),
        ("#set($s = 'a,b')#foreach($p in $s.split(','))[$p]#end", "[a][b]"),
        ("$input.path('$.items[*].sku')", "[a, b]"),
        ("$input.json('$.items[?(@.n > 1)]')", '[{"sku":"b","n":2}]'),
        ("$input.path('$.items[?(@.sku == ''a'' || @.n >= $.price)].n')", "[1]"),
        ('#set($path = "$.items[?(@.sku)].n")$input.path($path)', "[1, 2]"),
        (
            "$input.json('$..sku') $input.json('$.items[-1:]') $input.path('$.items.length()')",
            '["a","b"] [{"sku":"b","n":2}] 2',
        ),
        ("$input.json('$.items[0,1].n') $input.json('$[''price'']') $input.path('price')", "[1,2] 9.5 9.5"),
        ("$input.json('$.items[?(@.n > 5)]') $input.json('$.nobody')", '[] ""'),
        ("#foreach($i in [1..5])#if($i == 3)#break#end$i#end.", "12."),
        ("a#foreach($i in [1..5])#if($i == 3)#stop#end$i#end.", "a12"),
        ("before#{break}after", "before"),
        ("#if($input.path('$.no') == '')none#end #if($input.path('$.no').size() > 0)some#end.", "none ."),
        ("#if($input.path('$.no') == $null)null#end #if('' == $null)empty#end.", "null ."),
        ("#if($nobody > 1)more#end #if('a' < 'b')text#end #set($x = $nobody + 1)$!x.", " text ."),
        ("#foreach($i in [1..2])#foreach($j in [1..2])$foreach.parent.index$foreach.index #end#end", "00 01 10 11 "),
        ("$input.path('$.name').compareTo('Z')", "-1"),
        ("#[[$input.body #if ##]]#$input.params('id')", "$input.body #if ##7"),
        (
            r"\$context.stage \\$context.stage \$nobody \#if(x) C:\\#if(true)y#end",
            r"$context.stage \dev \$nobody #if(x) C:\y",
        ),
        ("#if(true)  \none\n#else\ntwo\n#end\n#foreach($i in [1..2])\n$i;\n#end\n.", "one\n1;\n2;\n."),
    ],
)
def test_a_template_is_filled_in(template: str, text: str) -> None:
    """References, directives, and the methods of Java's values."""
    assert said(template) == text


def test_no_body_is_an_empty_object() -> None:
    """A request without a body sends `{}` on where its template says `$input.body`."""
    given = Input("", path={}, querystring={}, header={})

    assert render("$input.body $input.json('$') $input.json('$.a')", {"input": given}) == '{} {} ""'


def test_a_template_may_override_the_response() -> None:
    """What it sets in its context stays there."""
    context: dict[str, Any] = {"responseOverride": {"header": {}}}

    said("#set($context.responseOverride.status = 418)#set($context.responseOverride.header.X = 'y')", context=context)

    assert context["responseOverride"] == {"header": {"X": "y"}, "status": 418}


@pytest.mark.parametrize(
    "template",
    ["#if(true) no end", "#end", "#macro(x)#end", "#set($x = )", "$input.nobody()", "#foreach($i in [1..9999999])#end"],
)
def test_what_is_not_understood_is_a_mistake(template: str) -> None:
    """Nothing is left out in silence, and no template goes on for ever."""
    with pytest.raises(TemplateMistake):
        said(template)


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("one\n#macro(row $x)$x#end", "line 2: #macro is not simulated"),
        ("#evaluate('$x')", "line 1: #evaluate is not simulated"),
        ("#define($x)y#end", "line 1: #define is not simulated"),
        ("#parse('other.vm')", "line 1: #parse reads files"),
        ("#include('other.txt')", "line 1: #include reads files"),
        ("#foreach($i in [1])#break($foreach)#end", "line 1: #break takes nothing in brackets"),
        ("$input.json('$.items[?(@.n > )]')", "a value is missing at position 16"),
        ("$input.path('$.items.avg()')", "there is no function avg()"),
        ("#[[ and so on", "line 1: `#[[` has no `]]#`"),
    ],
)
def test_a_mistake_has_its_name_and_place(template: str, says: str) -> None:
    """What is not simulated is named; a path says where it cannot be read."""
    with pytest.raises(TemplateMistake) as mistake:
        said(template)

    assert says in str(mistake.value)


def test_java_script_is_escaped_to_ascii() -> None:
    """Beyond the plane, a character is two halves."""
    assert escape_javascript('a"/\n€𝄞') == 'a\\"\\/\\n\\u20AC\\uD834\\uDD1E'
