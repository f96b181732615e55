"""What of an image does a function need?"""

from pathlib import Path

import pytest

from eventsim import ConfigurationError
from eventsim.container.build import Build
from eventsim.container.image import Image, ImageConfig, read_image

PYTHON = "FROM public.ecr.aws/lambda/python:3.12\n"


def image(context: Path, dockerfile: str, *, target: str = "", config: ImageConfig | None = None) -> Image:
    """Read an image whose context has some files."""
    for name in ("app.py", "lib/deep/a.py", "lib/b.txt", "data.csv"):
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        (context / name).write_text(name)
    (context / "Dockerfile").write_text(dockerfile)
    return read_image(Build(context=context, dockerfile=context / "Dockerfile", target=target), config or ImageConfig())


def names(found: Image) -> list[str]:
    return sorted(map(str, found.files))


@pytest.mark.parametrize(
    ("line", "places"),
    [
        ("COPY app.py ${LAMBDA_TASK_ROOT}", ["/var/task/app.py"]),
        ("COPY app.py main.py", ["/var/task/main.py"]),
        ("COPY app.py data.csv /new/", ["/new/app.py", "/new/data.csv"]),
        ("COPY lib .", ["/var/task/b.txt", "/var/task/deep/a.py"]),
        ("COPY lib/ ./lib/", ["/var/task/lib/b.txt", "/var/task/lib/deep/a.py"]),
        ("COPY lib/*.txt *.csv /x/", ["/x/b.txt", "/x/data.csv"]),
        ("WORKDIR sub\nCOPY ./app.py ../other/", ["/var/task/other/app.py"]),
        ("COPY ../../app.py /a/..//b", ["/b"]),
        ("ADD app.py .", ["/var/task/app.py"]),
        ("COPY --chown=1:1 --chmod=755 app.py .", ["/var/task/app.py"]),
    ],
)
def test_files_are_where_they_are_copied_to(tmp_path: Path, line: str, places: list[str]) -> None:
    """A folder's content is copied, not itself; into a folder that there is, a file is put under its own name."""
    assert names(image(tmp_path, f"{PYTHON}{line}")) == places


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        ("lib", ["/app.py", "/data.csv"]),
        ("lib/*\n!lib/b.txt", ["/app.py", "/data.csv", "/lib/b.txt"]),
        ("**/*.py", ["/data.csv", "/lib/b.txt"]),
        ("*.py", ["/data.csv", "/lib/b.txt", "/lib/deep/a.py"]),
        ("# all\n*\n!/data.csv", ["/data.csv"]),
        ("lib/**", ["/app.py", "/data.csv"]),
        ("[ad]*.??", ["/data.csv", "/lib/b.txt", "/lib/deep/a.py"]),
    ],
)
def test_some_files_are_left_out(tmp_path: Path, ignored: str, left: list[str]) -> None:
    """The last line that speaks of a file decides."""
    (tmp_path / ".dockerignore").write_text(f"{ignored}\nDockerfile\n.dockerignore\n")

    assert names(image(tmp_path, f"{PYTHON}COPY . /")) == left


@pytest.mark.parametrize(
    ("base", "runtime"),
    [
        ("public.ecr.aws/lambda/python:3.11", "python3.11"),
        ("--platform=linux/amd64 public.ecr.aws/lambda/python:3.13.2025.01.01-arm64", "python3.13"),
        ("amazon/aws-lambda-nodejs:22", "nodejs22.x"),
        ("mirror.example:5000/lambda/ruby:3.4@sha256:00", "ruby3.4"),
        ("public.ecr.aws/lambda/python", ""),
        ("python:3.12-slim-bookworm", "python3.12"),
        ("public.ecr.aws/docker/library/node:20-alpine", "nodejs20.x"),
        ("public.ecr.aws/lambda/java:21", "java21"),
        ("public.ecr.aws/lambda/dotnet:8", "dotnet8"),
    ],
)
def test_the_base_tells_the_runtime(tmp_path: Path, base: str, runtime: str) -> None:
    """AWS's own bases and those of the languages are known by their names."""
    assert image(tmp_path, f"FROM {base}").runtime == runtime


@pytest.mark.parametrize(
    ("lines", "handler"),
    [
        (f'{PYTHON}COPY app.py .\nCMD ["app.handler"]', "app.handler"),
        (f'{PYTHON}COPY . .\nCMD ["lib.deep.a.handler"]', "lib.deep.a.handler"),
        (f'{PYTHON}COPY . .\nCMD ["lib/deep/a.handler"]', "lib/deep/a.handler"),
        ('FROM python:3.12\nCOPY . .\nENTRYPOINT ["python", "-m", "awslambdaric"]\nCMD ["app.handler"]', "app.handler"),
        ('FROM python:3.12\nCOPY . .\nCMD ["/bin/python", "-m", "awslambdaric", "app.handler"]', "app.handler"),
        ('FROM python:3.12\nCOPY . .\nENTRYPOINT ["/entry_script.sh"]\nCMD ["app.handler"]', "app.handler"),
    ],
    ids=["file", "package", "path", "entry point", "command", "script"],
)
def test_the_command_names_the_handler(tmp_path: Path, lines: str, handler: str) -> None:
    """To AWS's entry point, to the client of the Runtime API, or to a script that decides between two clients."""
    found = image(tmp_path, lines)

    assert (found.handler, found.problem) == (handler, "")


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (PYTHON, "is a container image whose command names no handler"),
        (f'{PYTHON}CMD ["app.handler"]', "nothing that its Dockerfile copies to /var/task has app.handler"),
        ('FROM python:3.12\nCMD ["flask", "run"]', "is a container image that starts a program of its own: flask run"),
        (f'{PYTHON}COPY . .\nENTRYPOINT ["/own"]', "that starts a program of its own: /own"),
        ('FROM debian\nCMD ["app.handler"]', "is a container image on the base debian, and which runtime that has"),
        ('FROM public.ecr.aws/lambda/java:21\nCMD ["shop.Handler::handle"]', "a container image for java21, which is"),
        ("FROM python:2.7", "is a container image for python2.7, which is not run here"),
        ("FROM public.ecr.aws/lambda/provided:al2", "a program of its own, which is not built here"),
    ],
)
def test_what_is_no_function_is_told(tmp_path: Path, lines: str, problem: str) -> None:
    """The end of a sentence that begins with the function's name."""
    assert problem in image(tmp_path, lines).problem


def test_a_function_may_want_it_otherwise(tmp_path: Path) -> None:
    """Another command, another entry point, another folder."""
    config = ImageConfig(command=["a.handler"], entry_point=["/lambda-entrypoint.sh"], working_directory="/lib/deep")

    found = image(tmp_path, 'FROM python:3.12\nCOPY . /\nENTRYPOINT ["/own"]\nCMD ["x"]', config=config)

    assert (found.handler, str(found.task_root), found.problem) == ("a.handler", "/lib/deep", "")


def test_stages_take_from_one_another(tmp_path: Path) -> None:
    """By name or by number; a stage may begin as another ends, and what is not known is told."""
    found = image(
        tmp_path,
        "FROM python:3.12 AS Base\nENV A=1\nCOPY app.py /in/\n"
        "FROM base AS next\nENV B=$A$A\nCOPY data.csv /in/\n"
        "FROM python:3.12\nCOPY --from=next /in /out\nCOPY --from=0 /in/app.py /zero.py\n"
        "COPY --from=next /built /built\nCOPY --from=alpine /bin/sh /sh\nRUN make\nADD https://example.com/x /x\n"
        "COPY <<EOF /y\nhello\nEOF\n",
    )

    assert names(found) == ["/out/app.py", "/out/data.csv", "/zero.py"]
    assert found.remarks == [
        "RUN is not carried out, so what it brings must be here already (Dockerfile, line 12)",
        "/built of the stage next is not there (Dockerfile, line 10)",
        "what is copied from the image alpine is not there (Dockerfile, line 11)",
        "what ADD fetches or unpacks is not there (Dockerfile, line 13)",
        "a file that stands in the Dockerfile itself is not there (Dockerfile, line 14)",
    ]


def test_variables_come_from_earlier_ones(tmp_path: Path) -> None:
    """Those that no function may have are left out, which is told."""
    found = image(tmp_path, "FROM python:3.12 AS base\nENV AA=1 B=2\nFROM base\nENV CC=$AA$B PATH=/x:$PATH AA=3\n")

    assert dict(found.variables) == {"AA": "3", "CC": "12"}
    assert found.remarks == ["B is not set, as no variable of a function may have such a name (Dockerfile)"]


def test_a_build_as_tools_for_packages_write_it_is_read(tmp_path: Path) -> None:
    """Mounts, stages of other bases, copies of what only a build would make."""
    found = image(
        tmp_path,
        "# syntax=docker/dockerfile:1\nFROM ghcr.io/astral-sh/uv:0.9 AS uv\n\n"
        "FROM --platform=$BUILDPLATFORM public.ecr.aws/lambda/python:3.13 AS builder\n"
        "ENV UV_COMPILE_BYTECODE=1\n"
        "RUN --mount=from=uv,source=/uv,target=/bin/uv \\\n    --mount=type=cache,target=/root/.cache/uv \\\n"
        '    uv pip install -r requirements.txt --target "${LAMBDA_TASK_ROOT}"\n\n'
        "FROM public.ecr.aws/lambda/python:3.13\n"
        "COPY --from=builder ${LAMBDA_TASK_ROOT} ${LAMBDA_TASK_ROOT}\n"
        'COPY ./lib ${LAMBDA_TASK_ROOT}/lib\n\nCMD ["lib.deep.a.handler"]\n',
    )

    assert (found.runtime, found.handler, found.problem) == ("python3.13", "lib.deep.a.handler", "")
    assert found.remarks == ["/var/task of the stage builder is not there (Dockerfile, line 11)"]


def test_a_stage_may_be_the_target(tmp_path: Path) -> None:
    """What comes later does not count."""
    found = image(tmp_path, f"{PYTHON}ENV AA=1\nCOPY app.py .\nFROM scratch", target="0")

    assert (dict(found.variables), names(found)) == ({"AA": "1"}, ["/var/task/app.py"])


def test_arguments_are_declared(tmp_path: Path) -> None:
    """Before the first stage they are for `FROM`, and for stages that declare them again."""
    found = image(
        tmp_path,
        'ARG VERSION=3.13\nARG NAME=app\nFROM public.ecr.aws/lambda/python:${VERSION}\nENV SEEN="${VERSION}."\n'
        "ARG NAME\nARG MORE=${NAME}.py\nCOPY $MORE ./\nENV SIZE=$MORE",
    )

    assert (found.runtime, dict(found.variables), names(found)) == (
        "python3.13",
        {"SEEN": ".", "SIZE": "app.py"},
        ["/var/task/app.py"],
    )


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("", "Dockerfile has no FROM"),
        ("COPY a b", "line 1: COPY stands before the first FROM"),
        (f"{PYTHON}COPPY a b", "line 2: there is no instruction COPPY"),
        (f"{PYTHON}COPY nothing.py .", r"line 2: there is no nothing\.py in /"),
        (f"{PYTHON}COPY app.py", "line 2: COPY wants sources and a destination"),
        ("FROM a b", "line 1: FROM is followed by an image, and by `AS` and a name if need be"),
    ],
)
def test_a_dockerfile_that_makes_no_sense_is_refused(tmp_path: Path, lines: str, words: str) -> None:
    """With its file and line."""
    with pytest.raises(ConfigurationError, match=words):
        image(tmp_path, lines)


def test_a_target_that_there_is_not_is_refused(tmp_path: Path) -> None:
    """The stages have names, and numbers."""
    with pytest.raises(ConfigurationError, match="Dockerfile has no stage 'prod'"):
        image(tmp_path, PYTHON, target="prod")


def test_other_files_lie_elsewhere(tmp_path: Path) -> None:
    """What runs keeps its own, and what is the same is laid out once."""
    lines = f"{PYTHON}COPY app.py .\nCOPY lib /opt/"
    first = image(tmp_path, lines).lay_out(tmp_path / "images")
    again = image(tmp_path, lines).lay_out(tmp_path / "images")
    other = image(tmp_path, f"{lines}\nCOPY data.csv .").lay_out(tmp_path / "images")

    code, layers = first
    assert again == first
    assert other[0] != code
    found = (code / "app.py").read_text(), Path(*layers, "deep", "a.py").read_text()
    assert found == ("app.py", "lib/deep/a.py")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """With what would leave it out."""
    (tmp_path / "odd").symlink_to("/proc/self/mem")

    with pytest.raises(ConfigurationError, match=r"/odd: Input/output error; what no image needs, a `\.dockerignore`"):
        image(tmp_path, f"{PYTHON}COPY odd .").lay_out(tmp_path / "images")
