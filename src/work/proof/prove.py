# SPDX-License-Identifier: Apache-2.0
"""Runs inside the sandbox: imports modules, loads a handler and calls it, and tells what it saw.

stdin:  one JSON object {"imports": [...], "handler": "app.handler" or null, "script": {"file", "text"} or null,
        "events": [{"name", "event"}], "function": {"name", "memory", "timeout"}, "record_files": false,
        "note_services": false, "libraries": ["/opt/..."]}
stdout: one JSON object, last line; what the code under test prints goes to stderr
"""
import importlib
import importlib.machinery
import json
import os
import signal
import sys
import time
import traceback
import types


def describe(error):
    """What failed, for people: the frames of the code under test, not of this file."""
    frames = traceback.extract_tb(error.__traceback__)
    shown = [f for f in frames if f.filename not in ("<string>", __file__ if "__file__" in globals() else "")
             and not f.filename.startswith("<frozen")]
    # botocore refuses deep inside itself what the function's own line asked for.
    own = [f for f in shown if f.filename.startswith("/var/task/")]
    if own and type(error).__module__.startswith("botocore"):
        shown = own
    return {
        "type": type(error).__name__,
        "message": str(error)[:2000],
        "where": "%s:%s" % (shown[-1].filename, shown[-1].lineno) if shown else "",
        "module": getattr(error, "name", None) if isinstance(error, ImportError) else None,
    }


def attempt(name, work):
    started = time.perf_counter()
    record = {"name": name, "ok": True}
    try:
        record["payload"] = work()
    except SystemExit as stop:
        record["ok"] = stop.code in (None, 0)
        if not record["ok"]:
            record["error"] = {"type": "SystemExit", "message": str(stop.code)[:2000], "where": "", "module": None}
    except BaseException as error:
        record["ok"] = False
        record["error"] = describe(error)
    record["duration_ms"] = (time.perf_counter() - started) * 1000
    return record


compile_seconds = {}


def time_compiling():
    """From here on, how long each module takes to compile is noted."""
    loader = importlib.machinery.SourceFileLoader
    compile_source = loader.source_to_code

    def timed(self, data, path, *rest, **named):
        started = time.perf_counter()
        try:
            return compile_source(self, data, path, *rest, **named)
        finally:
            compile_seconds[path] = time.perf_counter() - started
    loader.source_to_code = timed


def traced_modules():
    """Every imported module that lies in a layer or in the function, and whether its bytecode was there."""
    found = []
    for name, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        origin = getattr(spec, "origin", None)
        if not isinstance(origin, str) or not origin.startswith(("/opt/", "/var/task/")):
            continue
        if origin.endswith(".pyc"):
            found.append({"file": origin[:-1], "bytecode": True})
        elif origin.endswith(".py"):
            found.append({"file": origin, "bytecode": bool(spec.cached) and os.path.exists(spec.cached),
                          "compile_us": round(compile_seconds.get(origin, 0) * 1e6)})
    return sorted(found, key=lambda module: module["file"])


OURS = ("/opt/", "/var/task/")
opened = set()


def note_file(event, arguments):
    """An audit hook: files that Python opens, and the extension modules it loads."""
    if event == "open":
        path = arguments[0]
    elif event == "import":
        path = arguments[1]
    else:
        return
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if isinstance(path, str) and path.startswith(OURS):
        opened.add(path)


def opened_files():
    """What the hook saw, and the libraries that are mapped, which the loader opens by itself."""
    with open("/proc/self/maps") as maps:
        for line in maps:
            path = line.split(None, 5)[5:]
            if path and path[0].startswith(OURS):
                opened.add(path[0].rstrip("\n"))
    return sorted({os.path.normpath(path) for path in opened})


unknown_services = []


def asker():
    """Where the code under test stands that botocore is at work for."""
    frame, place = sys._getframe(2), ""
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(OURS) and "/botocore/" not in file and "/boto3/" not in file:
            place = place or "%s:%s" % (file, frame.f_lineno)
            if file.startswith("/var/task/"):
                return "%s:%s" % (file, frame.f_lineno)
        frame = frame.f_back
    return place


def note_unknown_services(error):
    """From here on, each service that botocore has no data of is noted, whoever catches the error."""
    make = error.__init__

    def noting(self, *rest, **named):
        make(self, *rest, **named)
        name = str(named.get("service_name", ""))
        data = os.path.join(os.path.dirname(sys.modules["botocore"].__file__), "data", name)
        if name and not os.path.isdir(data):
            unknown_services.append({"service": name, "where": asker()})
    error.__init__ = noting


class BotocoreFinder:
    """On the meta path until botocore's exceptions are imported."""

    def find_spec(self, name, path=None, target=None):
        if name != "botocore.exceptions":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None:
            run = spec.loader.exec_module

            def exec_module(module):
                run(module)
                note_unknown_services(module.UnknownServiceError)
            spec.loader.exec_module = exec_module
        return spec


def load_libraries(paths):
    """Loads each library in a child, after everything that was imported; tells which do not load, and why."""
    import ctypes
    failed = []
    while paths:
        source, sink = os.pipe()
        child = os.fork()
        if child == 0:
            for path in paths:
                try:
                    ctypes.CDLL(path, mode=os.RTLD_LAZY)
                    why = ""
                except OSError as error:
                    why = str(error)[:500]
                os.write(sink, (json.dumps(why) + "\n").encode())
            os._exit(0)
        os.close(sink)
        with os.fdopen(source) as answers:
            told = [json.loads(line) for line in answers]
        status = os.waitpid(child, 0)[1]
        end = "signal %d" % os.WTERMSIG(status) if os.WIFSIGNALED(status) else "exit %d" % os.WEXITSTATUS(status)
        failed += [{"file": path, "why": why} for path, why in zip(paths, told) if why]
        if len(told) < len(paths):
            failed.append({"file": paths[len(told)], "why": "loading it ends the process: " + end})
        paths = paths[len(told) + 1:]
    return failed


class Context:
    """What a handler gets as its second argument, as far as it can be known before deploying."""

    def __init__(self, function):
        self.function_name = function["name"]
        self.function_version = "$LATEST"
        self.invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:" + function["name"]
        self.memory_limit_in_mb = str(function["memory"])
        self.aws_request_id = "00000000-0000-0000-0000-000000000000"
        self.log_group_name = "/aws/lambda/" + function["name"]
        self.log_stream_name = "proof"
        self.identity = None
        self.client_context = None
        self._ends = time.monotonic() + function["timeout"]

    def get_remaining_time_in_millis(self):
        return max(0, int((self._ends - time.monotonic()) * 1000))


class TimedOut(BaseException):
    pass


TimedOut.__name__ = "Sandbox.Timedout"


def within(seconds, work):
    """What `work` gives, if it ends in time; the sandbox's own end is for code that does not listen."""
    def stop(*_):
        raise TimedOut("Task timed out after %.2f seconds" % seconds)
    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return work()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def absent_modules(name, error):
    """When nothing brings the handler's module: those that /var/task has instead."""
    wanted = name.rpartition(".")[0].replace("/", ".")
    if not isinstance(error, ModuleNotFoundError) or not (wanted + ".").startswith((error.name or "?") + "."):
        return None
    found = []
    for folder, folders, files in os.walk("/var/task"):
        folders[:] = sorted(one for one in folders if one.isidentifier() and one != "__pycache__")
        package = os.path.relpath(folder, "/var/task").replace("/", ".")
        for file in sorted(files):
            stem, ending = os.path.splitext(file)
            if ending in (".py", ".pyc") and stem.isidentifier():
                parts = [part for part in (package, stem) if part not in (".", "__init__")]
                found.append(".".join(parts))
    return [one for one in found if one][:1000]


def load_handler(name, absent):
    module_name, _, attribute = name.rpartition(".")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ModuleNotFoundError as error:
        absent.append(absent_modules(name, error))
        raise
    handler = getattr(module, attribute, None)
    names = sorted(n for n in vars(module) if callable(vars(module)[n]) and not n.startswith("_"))
    return handler, names


def run_script(file, text):
    code = compile(text, file, "exec")
    main = types.ModuleType("__main__")
    main.__file__ = file
    sys.modules["__main__"] = main
    exec(code, main.__dict__)


def set_module_path():
    sys.path.insert(0, "/var/runtime")
    import bootstrap
    own = os.environ.get("PYTHONPATH")
    standard = [entry for entry in sys.path if entry.startswith("/var/lang/")]
    sys.path[:] = bootstrap.module_path("/var/task", standard, own)
    import site
    for directory in ["/var/task"] + ([] if own is not None else bootstrap.LAYERS):
        site.addsitedir(directory)


def main():
    request = json.load(sys.stdin)
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    set_module_path()
    time_compiling()
    answer = {"imports": [], "events": [], "handler": None, "script": None}
    if request["record_files"]:
        sys.addaudithook(note_file)
    if request["note_services"]:
        sys.meta_path.insert(0, BotocoreFinder())
    for name in request["imports"]:
        answer["imports"].append(attempt(name, lambda: importlib.import_module(name) and None))
    if request["handler"]:
        loaded, absent = [], []
        answer["handler"] = attempt(request["handler"], lambda: loaded.extend(load_handler(request["handler"], absent)))
        if absent:
            answer["handler"]["modules"] = absent[0]
        if answer["handler"]["ok"]:
            handler, names = loaded
            answer["handler"].update(callable=callable(handler), names=names)
            answer["start"] = traced_modules()
            if callable(handler):
                for item in request["events"]:
                    context = Context(request["function"])
                    def call(event=item["event"]):
                        # What the service would send: through JSON and back.
                        return json.loads(json.dumps(handler(event, context)))
                    limit = request["function"]["timeout"]
                    answer["events"].append(attempt(item["name"], lambda: within(limit, call)))
    if request["script"]:
        script = request["script"]
        answer["script"] = attempt(script["file"], lambda: run_script(**script))
    answer["modules"] = traced_modules()
    answer["unknown_services"] = unknown_services
    answer["unloadable"] = load_libraries(request["libraries"])
    if request["record_files"]:
        answer["opened"] = opened_files()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass  # closed or replaced by the code under test
    channel.write("\n" + json.dumps(answer) + "\n")
    channel.flush()
    os._exit(0)


main()
