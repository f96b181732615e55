"""What becomes of the processes that user code forks?"""

import fcntl
import textwrap
import threading
from collections.abc import AsyncIterator, Iterator
from multiprocessing import Pipe, Process
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import pytest

from eventsim import FunctionFailed, SyncSimulation

CONCURRENT_SUMS = """
    from multiprocessing import Pipe, Process

    import boto3


    class VolumesParallel(object):
        def __init__(self):
            self.ec2 = boto3.client("ec2")

        def instance_volumes(self, instance, conn):
            instance_total = 0
            filters = [{"Name": "attachment.instance-id", "Values": [instance]}]
            for volume in self.ec2.describe_volumes(Filters=filters)["Volumes"]:
                instance_total += volume["Size"]
            conn.send([instance_total])
            conn.close()

        def total_size(self):
            reservations = self.ec2.describe_instances()["Reservations"]
            instances = [each["InstanceId"] for reservation in reservations for each in reservation["Instances"]]
            processes = []
            parent_connections = []
            for instance in instances:
                parent_conn, child_conn = Pipe()
                parent_connections.append(parent_conn)
                process = Process(target=self.instance_volumes, args=(instance, child_conn,))
                processes.append(process)
            for process in processes:
                process.start()
            for process in processes:
                process.join()
            instances_total = 0
            for parent_connection in parent_connections:
                instances_total += parent_connection.recv()[0]
            return instances_total


    def handler(event, context):
        volumes = VolumesParallel()
        total = volumes.total_size()
        print("Total volume size: %s GB" % total)
        return total
"""
"""How AWS teaches to work in parallel, on the Compute blog."""

BEGINNING = """
    import multiprocessing, os, random, signal, sys, threading, time, uuid
    from multiprocessing import Pipe, Process, active_children, connection
    from pathlib import Path

    def start(target, *args):
        process = Process(target=target, args=args)
        process.start()
        return process
"""


class Place:
    """A simulation, and a folder for the code of its functions."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.simulation = SyncSimulation(seed=7, folder=folder, machine_folders=[folder], **settings)
        self.folder = folder

    def add(self, code: str, name: str = "f", **settings: Any) -> None:
        """Add a function that is written so, after a common beginning."""
        path = self.folder / f"{name}.py"
        path.write_text(textwrap.dedent(BEGINNING) + textwrap.dedent(code))
        self.simulation.add_function(name, handler=f"{name}.handler", **{"timeout": "30 s", **settings})

    def run(self, code: str, event: object = None) -> Any:
        """Add a function and invoke it."""
        self.add(code)
        return self.simulation.invoke("f", event)

    def log(self, name: str = "f") -> list[str]:
        """Return what a function and its processes have printed."""
        events = self.simulation.call("logs", "FilterLogEvents", {"logGroupName": f"/aws/lambda/{name}"})["events"]  # type: ignore[index]
        lines = [str(event["message"]).rstrip() for event in events]
        return [line for line in lines if not line.startswith(("INIT_START", "START", "END", "REPORT"))]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A place that is open."""
    made = Place(tmp_path)
    with made.simulation:
        yield made


# --- processes, pipes, AWS ---------------------------------------------------------------------------------


def test_the_example_of_awss_blog_runs_as_it_is(place: Place) -> None:
    """Processes call AWS, and send what they have found over pipes; whoever answers is in the test's process."""
    asked = []

    def volumes(parameters: Any) -> Any:
        (instance,) = parameters["Filters"][0]["Values"]
        asked.append(instance)
        return {"Volumes": [{"Size": size} for size in {"i-1": (8, 100), "i-2": (), "i-3": (50,)}[instance]]}

    instances = [{"InstanceId": f"i-{n}"} for n in (1, 2, 3)]
    place.simulation.stub("ec2", "DescribeInstances", result={"Reservations": [{"Instances": instances}]})
    place.simulation.stub("ec2", "DescribeVolumes", volumes)

    assert place.run(CONCURRENT_SUMS) == 158
    assert asked == ["i-1", "i-2", "i-3"]
    assert place.log() == ["Total volume size: 158 GB"]


def test_processes_sleep_side_by_side_in_virtual_time(place: Place) -> None:
    """Three that sleep for up to three seconds take three seconds, and come to their ends in the order of these."""
    took_s, order = place.run("""
        def child(end, n):
            time.sleep(n)
            end.send(n)

        def handler(event, context):
            began_s, order, ends = time.time(), [], []
            for n in (3, 1, 2):
                ours, theirs = Pipe()
                start(child, theirs, n)
                ends.append(ours)
            while ends:
                for end in connection.wait(ends):
                    order.append((end.recv(), round(time.time() - began_s, 3)))
                    ends.remove(end)
            return time.time() - began_s, order
    """)

    assert took_s == pytest.approx(3)
    assert order == [[1, 1], [2, 2], [3, 3]]


def test_a_process_is_a_copy(place: Place) -> None:
    """What it changes of globals and variables is its own; what it writes to `/tmp` is not."""
    told = place.run("""
        seen = ["before"]

        def child(shared):
            seen.append("in the child")
            os.environ["WHERE"] = "child"
            Path("/tmp/child").write_text(str(seen))
            shared[0] = 42

        def handler(event, context):
            shared = multiprocessing.RawArray("i", 1)
            start(child, shared).join()
            return seen, os.environ.get("WHERE"), Path("/tmp/child").read_text(), shared[0]
    """)

    assert told == [["before"], None, "['before', 'in the child']", 42]


def test_processes_call_the_one_simulation(place: Place) -> None:
    """Clients of before the fork and of after it: waits, errors, bodies and resources are as in the handler."""
    for section, name in (("buckets", "letters"), ("queues", "post"), ("queues", "empty")):
        place.simulation.add_source(section, name)
    place.simulation.add_source("tables", "notes", key="id")

    told = place.run("""
        import boto3
        s3 = boto3.client("s3")
        notes = boto3.resource("dynamodb").Table("notes")

        def child(end):
            sqs = boto3.client("sqs")
            s3.put_object(Bucket="letters", Key="one", Body=b"x" * 200_000)
            notes.put_item(Item={"id": "1"})
            sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="post")["QueueUrl"], MessageBody="hello")
            try:
                s3.get_object(Bucket="letters", Key="two")
            except s3.exceptions.NoSuchKey as error:
                refused = error.response["Error"]["Code"]
            began_s = time.time()
            sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="empty")["QueueUrl"], WaitTimeSeconds=5)
            end.send([refused, time.time() - began_s, len(s3.get_object(Bucket="letters", Key="one")["Body"].read())])

        def handler(event, context):
            ours, theirs = Pipe()
            process = start(child, theirs)
            process.join()
            return ours.recv(), process.exitcode, len(notes.scan()["Items"])
    """)

    assert told == [["NoSuchKey", pytest.approx(5), 200_000], 0, 1]
    assert place.simulation.numbers("queues", "post")["visible"] == 1


def test_ids_of_requests_are_those_of_one_simulation(place: Place) -> None:
    """No two processes are given the same."""
    told = place.run("""
        import boto3
        sqs = boto3.client("sqs")

        def child(end):
            end.send(sqs.list_queues()["ResponseMetadata"]["RequestId"])

        def handler(event, context):
            ours, theirs = Pipe()
            for process in [start(child, theirs) for _ in range(3)]:
                process.join()
            return [ours.recv() for _ in range(3)], sqs.list_queues()["ResponseMetadata"]["RequestId"]
    """)

    assert len({*told[0], told[1]}) == 4


def test_processes_reach_stubbed_hosts_and_functions(place: Place) -> None:
    """HTTP goes where that of the handler goes, and what nobody answers is refused by name."""
    place.simulation.stub_http("api.example.com", body="stubbed")
    place.add("def handler(event, context): return 'called'", "g")

    told = place.run("""
        import urllib.request

        import boto3

        def child(end):
            answers = [urllib.request.urlopen("https://api.example.com/").read().decode()]
            try:
                urllib.request.urlopen("https://elsewhere.example.com/")
            except OSError as error:
                answers.append("outside the simulation" in str(error))
            answers.append(boto3.client("lambda").invoke(FunctionName="g")["Payload"].read().decode())
            end.send(answers)

        def handler(event, context):
            ours, theirs = Pipe()
            start(child, theirs)
            return ours.recv()
    """)

    assert told == ["stubbed", True, '"called"']


def test_events_that_come_one_by_one_reach_no_process(place: Place) -> None:
    """They would have to be carried over as they come, so the call is refused with the way out."""

    async def chunks() -> AsyncIterator[dict[str, Any]]:
        yield {"chunk": {"bytes": b"{}"}}

    place.simulation.stub("bedrock-runtime", "InvokeModelWithResponseStream", lambda _: {"body": chunks()})

    place.run("""
        import boto3

        def handler(event, context):
            start(lambda: boto3.client("bedrock-runtime").invoke_model_with_response_stream(modelId="one")).join()
    """)

    (said,) = [line for line in place.log() if "ConfigurationError" in line]
    assert "call it in the handler, or in a thread" in said


# --- pipes -------------------------------------------------------------------------------------------------


def test_a_pipe_ends_with_its_last_writer(place: Place) -> None:
    """The handler has to close its own copy of that end, as everywhere."""
    told = place.run("""
        def child(end):
            end.send("last words")
            time.sleep(2)

        def handler(event, context):
            ours, theirs = Pipe()
            start(child, theirs)
            theirs.close()
            words, began_s = ours.recv(), time.time()
            try:
                ours.recv()
            except EOFError:
                return words, time.time() - began_s
    """)

    assert told == ["last words", pytest.approx(2)]


def test_pipes_of_other_environments_are_not_kept_open(place: Place) -> None:
    """A process of one environment lives on while another one waits for the end of its pipe."""
    place.add(
        """
        def handler(event, context):
            start(time.sleep, 20).join()
        """,
        "sleepy",
    )
    place.add("""
        def child(end):
            time.sleep(2)

        def handler(event, context):
            ours, theirs = Pipe()
            start(child, theirs)
            theirs.close()
            time.sleep(1)
            try:
                ours.recv()
            except EOFError:
                print("ended at", time.time() % 100)
    """)

    for name in ("f", "sleepy"):
        place.simulation.call("lambda", "Invoke", {"FunctionName": name, "InvocationType": "Event"})
    place.simulation.until_idle()

    assert place.log() == ["ended at 2.0999999046325684"]


def test_whoever_has_imported_wait_before_waits_in_virtual_time(place: Place) -> None:
    """A handler that is a function of a test has the name from there."""

    def child(end: Any) -> None:
        threading.Event().wait(2)
        end.send("late")

    def handler(event: object, context: Any) -> list[object]:
        ours, theirs = Pipe()
        Process(target=child, args=(theirs,)).start()
        return [
            wait([ours], 0),
            wait([ours], 1),
            ours in wait([ours]),
            ours.recv(),
            context.get_remaining_time_in_millis(),
        ]

    place.simulation.add_function("f", handler=handler, timeout="30 s")

    assert place.simulation.invoke("f") == [[], [], True, "late", 28_000]


def test_whoever_fills_a_pipe_waits_until_it_is_read(place: Place) -> None:
    """Joined first, the two wait for each other until the function's time is over: a mistake that people make."""
    code = """
        def child(end):
            end.send_bytes(b"x" * 1_000_000)
            print("sent at", time.time() % 100)

        def handler(event, context):
            ours, theirs = Pipe(duplex=False)
            process = start(child, theirs)
            if event == "join first":
                process.join()
            time.sleep(1)
            return len(ours.recv_bytes())
    """
    place.add(code)

    assert place.simulation.invoke("f") == 1_000_000
    assert place.log() == ["sent at 1.0999999046325684"]
    with pytest.raises(FunctionFailed, match=r"timed out after 30\.00 seconds"):
        place.simulation.invoke("f", "join first")


def test_a_managers_objects_are_shared(place: Place) -> None:
    """Its server is one more process, asked over a Unix socket in `/tmp`; it needs no shared memory."""
    told = place.run("""
        def child(squares, queue, lock, n):
            time.sleep(3 - n)
            with lock:
                squares[n] = n * n
                queue.put(n)

        def handler(event, context):
            with multiprocessing.Manager() as manager:
                squares, queue, lock = manager.dict(), manager.Queue(), manager.Lock()
                for process in [start(child, squares, queue, lock, n) for n in range(3)]:
                    process.join()
                return sum(squares.values()), [queue.get() for _ in range(3)], time.time() % 100
    """)

    assert told == [5, [2, 1, 0], pytest.approx(3.1)]


def test_an_environment_that_has_made_many_pipes_still_knows_its_own(place: Place) -> None:
    """Those that are closed are forgotten, and the others are not."""
    told = place.run("""
        def child(end):
            time.sleep(1)
            end.send("heard")

        def handler(event, context):
            ours, theirs = Pipe()
            for _ in range(300):
                for end in Pipe():
                    end.close()
            start(child, theirs)
            return ours.recv()
    """)

    assert told == "heard"


# --- how they end ------------------------------------------------------------------------------------------


def test_exit_codes_are_those_of_processes(place: Place) -> None:
    """An end by itself, by `sys.exit`, by an error, by a signal."""
    told = place.run("""
        def fail():
            raise ValueError("no")

        def handler(event, context):
            processes = [start(sys.exit, 3), start(sys.exit, "said"), start(os._exit, 4), start(print), start(fail)]
            processes.append(start(lambda: os.kill(os.getpid(), signal.SIGTERM)))
            for process in processes:
                process.join()
            return [process.exitcode for process in processes]
    """)

    assert told == [3, 1, 4, 0, 1, -15]
    log = "\n".join(place.log())
    assert "said" in log
    assert "Process Process-5:\nTraceback (most recent call last):" in log
    assert log.endswith("ValueError: no")
    assert "/var/task/f.py" in log


def test_a_process_is_waited_for_asked_and_stopped(place: Place) -> None:
    """`join` for a while, `is_alive`, `terminate`, `kill`, and a handler of the signal."""
    told = place.run("""
        def heed():
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
            time.sleep(100)

        def handler(event, context):
            sleeper, killed, heeds = start(time.sleep, 100), start(time.sleep, 100), start(heed)
            sleeper.join(0.5)
            before = [sleeper.exitcode, sleeper.is_alive(), len(active_children()), time.time() % 100]
            sleeper.terminate()
            killed.kill()
            heeds.terminate()
            for process in (sleeper, killed, heeds):
                process.join()
            after = [process.exitcode for process in (sleeper, killed, heeds)]
            return before, after, sleeper.is_alive(), active_children(), time.time() % 100
    """)

    assert told == [[None, True, 3, pytest.approx(0.6)], [-15, -9, 7], False, [], pytest.approx(0.6)]


def test_the_time_limit_ends_processes_as_well(place: Place) -> None:
    """Nothing of them is left for the next invocation."""
    place.add("""
        def tick():
            while True:
                time.sleep(10)
                print("tick")

        def handler(event, context):
            if event == "hang":
                start(tick).join()
            return len(active_children())
    """)

    with pytest.raises(FunctionFailed, match=r"timed out after 30\.00 seconds"):
        place.simulation.invoke("f", "hang")
    place.simulation.advance("10 minutes")

    assert place.simulation.invoke("f") == 0
    assert place.log() == ["tick", "tick"]


def test_processes_that_outlive_an_invocation_are_frozen(place: Place) -> None:
    """They go on with the next one, as threads do."""
    place.add("""
        def tick():
            while True:
                time.sleep(1)
                print("tick")

        def handler(event, context):
            if event == "begin":
                start(tick)
            time.sleep(2.5)
            return [process.name for process in active_children()]
    """)

    place.simulation.invoke("f", "begin")
    place.simulation.advance("1 minute")

    assert place.simulation.invoke("f") == ["Process-1"]
    assert place.log() == ["tick"] * 5


def test_a_process_that_never_waits_is_stopped(tmp_path: Path) -> None:
    """The guard that watches handlers watches their processes."""
    place = Place(tmp_path, guard_s=0.3)
    with place.simulation:
        with pytest.raises(FunctionFailed, match=r"timed out after 30\.00 seconds"):
            place.run("""
                def spin():
                    while True:
                        pass

                def handler(event, context):
                    start(spin).join()
            """)

        assert place.log() == []


def test_the_end_of_a_simulation_ends_processes(tmp_path: Path) -> None:
    """One that holds a lock has let go of it."""
    place = Place(tmp_path)
    with place.simulation:
        place.run(f"""
            import fcntl

            def hold(end):
                file = open("{tmp_path}/lock", "w")
                fcntl.flock(file, fcntl.LOCK_EX)
                end.send("held")
                time.sleep(100)

            def handler(event, context):
                ours, theirs = Pipe()
                start(hold, theirs)
                return ours.recv()
        """)
        with (tmp_path / "lock").open() as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    with (tmp_path / "lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


# --- what they see -----------------------------------------------------------------------------------------


def test_processes_have_luck_of_their_own_from_the_seed(tmp_path: Path) -> None:
    """Python seeds `random` anew in a forked process, generators of one's own are copied, UUIDs are never the same."""
    code = """
        own = random.Random(3)

        def child(end):
            end.send([random.random(), str(uuid.uuid4()), own.random()])

        def handler(event, context):
            random.seed(5)
            told = []
            for _ in range(2):
                ours, theirs = Pipe()
                start(child, theirs)
                told.append(ours.recv())
            return told
    """
    runs = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        place = Place(folder)
        with place.simulation:
            runs.append((place.run(code), place.simulation.digest()))

    (((first_random, first_id, first_own), (second_random, second_id, second_own)), _), again = runs
    assert runs[0] == again
    assert first_random != second_random
    assert first_id != second_id
    assert first_own == second_own


def test_a_process_has_threads_and_processes_of_its_own(place: Place) -> None:
    """It has left the handler's behind; who its parent is it can tell."""
    told = place.run("""
        import asyncio

        def note(notes, n):
            time.sleep(n)
            notes.append(n)

        def grandchild(end):
            time.sleep(1)
            end.send([multiprocessing.current_process().name, os.getppid()])

        def child(end):
            notes = []
            threads = [threading.Thread(target=note, args=(notes, n)) for n in (3, 1, 2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            ours, theirs = Pipe()
            start(grandchild, theirs)
            name, parent = ours.recv()
            slept = asyncio.run(asyncio.sleep(1, "slept"))
            end.send([notes, name, parent == os.getpid(), os.getppid(), threading.active_count(), slept])

        def handler(event, context):
            threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
            ours, theirs = Pipe()
            start(child, theirs)
            return ours.recv(), time.time() % 100
    """)

    assert told == [[[1, 2, 3], "Process-1:1", True, 8, 1, "slept"], pytest.approx(5.1)]


def test_a_process_may_be_forked_by_any_thread(place: Place) -> None:
    """That thread is the main thread of the new process."""
    told = place.run("""
        from concurrent.futures import ThreadPoolExecutor

        def child(end, n):
            time.sleep(n)
            end.send([n, threading.current_thread() is threading.main_thread()])

        def forked(n):
            ours, theirs = Pipe()
            process = start(child, theirs, n)
            process.join()
            return ours.recv()

        def handler(event, context):
            with ThreadPoolExecutor(3) as pool:
                return list(pool.map(forked, [3, 1, 2])), time.time() % 100
    """)

    assert told == [[[3, True], [1, True], [2, True]], pytest.approx(3.1)]


def test_a_process_waits_for_its_threads(place: Place) -> None:
    """Those that are no daemons come to their end before it does."""
    place.run("""
        def late():
            time.sleep(2)
            print("late")

        def child():
            threading.Thread(target=late).start()

        def handler(event, context):
            start(child).join()
            print("joined")
    """)

    assert place.log() == ["late", "joined"]


def test_records_of_logging_reach_the_log(place: Place) -> None:
    """The runtime's handler is copied, and so is its format."""
    place.run("""
        import logging

        def handler(event, context):
            start(logging.warning, "from %s", "a child").join()
    """)

    (line,) = place.log()
    assert line.startswith("[WARNING]\t2026-01-01T00:00:00.100Z\t")
    assert line.endswith("\tfrom a child")


def test_environments_number_processes_from_one(place: Place) -> None:
    """And each may say once how they are started."""
    for name in ("f", "g"):
        place.add(
            """
            multiprocessing.set_start_method("fork")

            def handler(event, context):
                process = start(time.sleep, 1)
                return process.name, [each.name for each in active_children()]
            """,
            name,
        )

    assert [place.simulation.invoke(name) for name in ("f", "g")] == [["Process-1", ["Process-1"]]] * 2


def test_a_signal_reaches_the_parent(place: Place) -> None:
    """Its handler runs in the midst of what the main thread waits for."""
    told = place.run("""
        def handler(event, context):
            seen = []
            signal.signal(signal.SIGUSR1, lambda number, _: seen.append(time.time() % 100))
            start(lambda: time.sleep(1) or os.kill(os.getppid(), signal.SIGUSR1))
            time.sleep(3)
            return seen, time.time() % 100
    """)

    assert told == [[pytest.approx(1.1)], pytest.approx(3.1)]


def test_the_end_of_a_process_is_signalled(place: Place) -> None:
    """As everywhere, whoever does not ask for it is not told."""
    told = place.run("""
        def handler(event, context):
            seen = []
            start(time.sleep, 1)
            time.sleep(2)
            signal.signal(signal.SIGCHLD, lambda *_: seen.append(time.time() % 100))
            start(time.sleep, 1)
            time.sleep(2)
            return seen
    """)

    assert told == [pytest.approx(3.1)]


def test_no_process_can_be_stopped(place: Place) -> None:
    """It would have to be as if it were not there until it goes on, so that is refused by name."""
    told = place.run("""
        def handler(event, context):
            process = start(lambda: os.kill(os.getpid(), signal.SIGSTOP))
            try:
                os.kill(process.pid, signal.SIGSTOP)
            except OSError as error:
                refused = str(error)
            process.join()
            return refused, process.exitcode
    """)

    refused = "[Errno 38] SIGSTOP is not simulated: no process of a function stops"
    assert told == [refused, 1]
    assert place.log()[-1] == f"OSError: {refused}"


def test_other_ways_to_a_process_are_refused(place: Place) -> None:
    """Nobody but `Process` forks, in a child as in the handler; and there is no shared memory."""
    place.run("""
        def child():
            spawned = multiprocessing.get_context("spawn").Process(target=print)
            for make in (os.fork, multiprocessing.Lock, spawned.start):
                try:
                    make()
                except OSError as error:
                    print(str(error)[:30])

        def handler(event, context):
            start(child).join()
    """)

    assert place.log() == [
        "[Errno 38] os.fork is not simu",
        "[Errno 38] Function not implem",
        "[Errno 38] _posixsubprocess.fo",
    ]
