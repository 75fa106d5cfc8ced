"""Published conformance cases, put to tests/wire/wiretest and judged by meaning; run.sh calls it.

A directory may hold input/*.json and output/*.json (protocol cases), aws4_testsuite/ (signatures) and
endpoint-rules/ (endpoints of the services that drplan has tables for). Every case that fails must stand in
misses.txt with its reason; a listed case that passes is an error too.
"""
import argparse
import base64
import email.utils
import gzip
import json
import math
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, quote

TOP = Path(__file__).resolve().parents[2]
TOKEN = "00000000-0000-4000-8000-000000000000"
PROTOCOLS = {"ec2", "query", "rest-xml", "json", "rest-json"}
SIGN = {"id": "AKIDEXAMPLE", "secret": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "region": "us-east-1",
        "service": "service", "now": int(datetime.fromisoformat("2015-08-30T12:36:00+00:00").timestamp() * 1000)}


class Miss(Exception):
    """What is wrong with an answer."""


def want(ok, text):
    if not ok:
        raise Miss(text)


# --- protocol cases ---------------------------------------------------------------------------------------------

def load_suites(path):
    """The suites of our protocols; a file may hold none."""
    suites = json.loads(path.read_text(encoding="utf-8"))
    return [s if s["metadata"]["protocol"] in PROTOCOLS else None for s in suites]


def write_models(root, work):
    """The files with our protocols' cases, as the generator takes them. botocore's test sets the result wrapper of
    query outputs in code; here it becomes part of the model, as it is in every real one."""
    out = []
    for path in sorted(root.glob("input/*.json")) + sorted(root.glob("output/*.json")):
        suites = load_suites(path)
        if not suites or None in suites:
            continue
        for suite in suites:
            for case in suite["cases"]:
                output = case["given"].get("output")
                if suite["metadata"]["protocol"] == "query" and output and suite["shapes"][output["shape"]].get("members"):
                    output.setdefault("resultWrapper", case["given"].get("name", "OperationName") + "Result")
        copy = work / "models" / path.parent.name / path.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(json.dumps(suites), encoding="utf-8")
        out.append((copy, suites))
    return out


def protocol_questions(root, work):
    models = write_models(root, work)
    if not models:
        return
    table = work / "cases.bin"
    subprocess.run([sys.executable, TOP / "tools/gen_model.py", "--models", *[str(p) for p, _ in models], "--out", table],
                   check=True)
    for path, suites in models:
        kind = path.parent.name
        for i, suite in enumerate(suites):
            for j, case in enumerate(suite["cases"]):
                model = f"{kind}/{path.stem}#{i}.{j}"
                name = f"{kind}/{path.stem}/{case.get('id', f'{i}.{j}')}"
                if kind == "input":
                    yield name, serialize_question(model, suite, case), judge_request, (suite, case)
                else:
                    yield name, parse_question(model, case), judge_answer, (suite, case)


def serialize_question(model, suite, case):
    return {"do": "serialize", "model": model, "input": case["params"], "token": TOKEN,
            "endpoint": suite.get("clientEndpoint") or "https://example.com"}


def parse_question(model, case):
    response = case["response"]
    return {"do": "parse", "model": model, "status": response.get("status_code", 200),
            "headers": response.get("headers", {}),
            "body": base64.b64encode(response.get("body", "").encode()).decode()}


def plain_xml(text):
    return ET.canonicalize(text, strip_text=True)


def same_body(protocol, got, expected, content_type):
    if protocol in ("ec2", "query"):
        return sorted(parse_qsl(got, True)) == sorted(parse_qsl(expected, True))
    try:
        if protocol in ("json", "rest-json"):
            return json.loads(got) == json.loads(expected)
        if protocol == "rest-xml":
            return plain_xml(got) == plain_xml(expected)
    except (ValueError, ET.ParseError):
        pass
    return got == expected


def same_header(got, expected):
    """Media types by their first part's meaning, lists without regard to the spaces behind commas."""
    if got == expected:
        return True
    return re.sub(r",\s+", ",", got) == re.sub(r",\s+", ",", expected)


def judge_request(answer, context):
    suite, case = context
    expected, protocol = case["serialized"], suite["metadata"]["protocol"]
    want("error" not in answer, answer.get("error"))
    headers = {k.lower(): v for k, v in answer["headers"]}
    body = base64.b64decode(answer["body"])
    if headers.get("content-encoding", "").endswith("gzip") and body[:2] == b"\x1f\x8b":
        body = gzip.decompress(body)
    body = body.decode()
    if "method" in expected:
        want(answer["method"] == expected["method"], f"method {answer['method']}, wanted {expected['method']}")
    path, _, query = expected.get("uri", "/").partition("?")
    want(answer["path"] == path, f"path {answer['path']}, wanted {path}")
    want(sorted(parse_qsl(answer["query"], True)) == sorted(parse_qsl(query, True)), f"query {answer['query']}, wanted {query}")
    if "host" in expected:
        host = expected["host"].partition("/")[0]   # an endpoint's path is part of uri as well
        want(answer["host"] == host, f"host {answer['host']}, wanted {host}")
    if "body" in expected:
        want(same_body(protocol, body, expected["body"], headers.get("content-type")), f"body {body}, wanted {expected['body']}")
    for name, value in expected.get("headers", {}).items():
        got = headers.get(name.lower())
        if name.lower() == "content-type" and protocol in ("ec2", "query") and got:
            got = got.replace("; charset=utf-8", "")
        want(got is not None and same_header(got, value), f"header {name}: {got}, wanted {value}")
    for name in expected.get("forbidHeaders", []):
        want(name.lower() not in headers, f"header {name}: {headers.get(name.lower())}, wanted none")
    for name in expected.get("requireHeaders", []):
        if name.lower() != "content-length":    # curl's, from the body that it is given
            want(name.lower() in headers, f"header {name} is missing")


def moment(text):
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        try:
            return email.utils.parsedate_to_datetime(text).timestamp()
        except (TypeError, ValueError):
            return None


def same_value(got, expected):
    if isinstance(expected, dict):
        return isinstance(got, dict) and got.keys() == expected.keys() and all(same_value(got[k], expected[k]) for k in got)
    if isinstance(expected, list):
        return isinstance(got, list) and len(got) == len(expected) and all(map(same_value, got, expected))
    if isinstance(expected, bool) or expected is None:
        return got is expected
    if isinstance(expected, (int, float)) and isinstance(got, str):    # times are numbers in the cases, text in ours
        at = moment(got)
        return at is not None and math.isclose(at, expected, abs_tol=0.0005)
    if isinstance(expected, (int, float)):
        return isinstance(got, (int, float)) and not isinstance(got, bool) and math.isclose(got, expected)
    return type(got) is type(expected) and got == expected


def judge_answer(answer, context):
    _, case = context
    want("error" not in answer, answer.get("error"))
    if "error" in case:
        want(answer.get("code") == case.get("errorCode", ""), f"code {answer.get('code')}, wanted {case.get('errorCode')}")
        want(answer.get("message", "") == case.get("errorMessage", answer.get("message", "")),
             f"message {answer.get('message')}, wanted {case.get('errorMessage')}")
        want(same_value(answer["members"], case["error"]), f"members {answer['members']}, wanted {case['error']}")
    else:
        want(same_value(answer.get("output"), case["result"]), f"output {json.dumps(answer.get('output'))}, "
             f"wanted {json.dumps(case['result'])}")


# --- signatures -------------------------------------------------------------------------------------------------

def signature_questions(root):
    for req in sorted(root.glob("aws4_testsuite/**/*.req")):
        stem = req.with_suffix("")
        name = "sigv4/" + str(req.parent.relative_to(root / "aws4_testsuite"))
        steps = {k: stem.with_suffix(s).read_text(encoding="utf-8").replace("\r", "")
                 for k, s in (("canonical", ".creq"), ("string_to_sign", ".sts"), ("authorization", ".authz"))}
        yield name, sign_question(req.read_text(encoding="utf-8"), steps["canonical"]), judge_signature, steps


def sign_question(raw, canonical):
    head, _, body = raw.replace("\r", "").partition("\n\n")
    line, *rest = head.split("\n")
    method, _, target = line.rpartition(" ")[0].partition(" ")
    headers = []
    for text in rest:
        if text[:1] in " \t":
            headers[-1][1] += "\n" + text
        else:
            headers.append(list(text.partition(":")[::2]))
    path, _, query = target.partition("?")
    question = {"do": "sign", "method": method, "path": path,
                "query": quote(query, safe="=&%-._~+"), "body": base64.b64encode(body.encode()).decode(),
                "headers": [h for h in headers if h[0].lower() not in ("host", "x-amz-date")],
                "host": next((v for k, v in headers if k.lower() == "host"), ""), **SIGN}
    # A token that the suite signs is given as one of the credentials'; one that it sends unsigned is not.
    token = re.search(r"^x-amz-security-token:(.*)$", canonical, re.M)
    if token:
        question["token"] = token[1]
    return question


def judge_signature(answer, steps):
    for step, expected in steps.items():
        want(answer.get(step) == expected, f"{step}:\n{answer.get(step)}\nwanted:\n{expected}")


# --- endpoints --------------------------------------------------------------------------------------------------

def endpoint_questions(root):
    lines = (TOP / "tools/services.txt").read_text().splitlines()
    services = {line.split("#")[0].strip() for line in lines}
    for folder in sorted(root.glob("endpoint-rules/*/")):
        if folder.name not in services:
            continue
        for path in folder.glob("**/endpoint-tests-1.json"):
            for i, case in enumerate(json.loads(path.read_text(encoding="utf-8"))["testCases"]):
                question = {"do": "rules", "service": folder.name, "params": case.get("params", {})}
                yield f"endpoint/{folder.name}/{i}", question, judge_endpoint, case["expect"]


def judge_endpoint(answer, expect):
    if "error" in expect:
        want(answer.get("error") == expect["error"], f"{answer}, wanted error {expect['error']}")
        return
    endpoint = expect["endpoint"]
    want(answer.get("url") == endpoint["url"].rstrip("/"), f"{answer}, wanted {endpoint['url']}")
    want(answer["headers"] == endpoint.get("headers", {}), f"headers {answer['headers']}, wanted {endpoint.get('headers')}")
    schemes = answer["properties"].get("authSchemes", [])
    want(schemes == endpoint.get("properties", {}).get("authSchemes", []), f"authSchemes {schemes}, wanted {endpoint}")


# --- the run ----------------------------------------------------------------------------------------------------

def ask(tester, table, questions):
    text = "".join(json.dumps(q) + "\n" for q in questions)
    command = [tester] + ([str(table)] if table.exists() else [])
    done = subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8")
    lines = done.stdout.split("\n")[:-1]
    if done.returncode or len(lines) != len(questions):
        sys.exit(f"wiretest ended with {done.returncode} after {len(lines)} of {len(questions)}: {done.stderr}")
    return map(json.loads, lines)


def read_misses(path):
    rows = [line.split(None, 1) for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    bare = [r[0] for r in rows if len(r) < 2]
    if bare:
        sys.exit(f"{path}: no reason given for {bare}")
    return dict(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tester", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--misses", type=Path, required=True)
    parser.add_argument("--all-misses", action="store_true", help="every listed miss must have been met")
    parser.add_argument("--only", default="", help="part of the names of the cases to run, each shown in full")
    parser.add_argument("dirs", nargs="+", type=Path)
    args = parser.parse_args()
    table = args.work / "cases.bin"
    table.unlink(missing_ok=True)
    cases = [c for d in args.dirs for c in (*protocol_questions(d, args.work), *signature_questions(d), *endpoint_questions(d))]
    cases = [c for c in cases if args.only in c[0]]
    if not cases:
        sys.exit("no cases found")
    misses, failed, bad = read_misses(args.misses), 0, 0
    for (name, question, judge, context), answer in zip(cases, ask(args.tester, table, [c[1] for c in cases])):
        try:
            judge(answer, context)
            if name in misses:
                bad += 1
                print(f"{name}: passes, but misses.txt lists it")
        except Miss as miss:
            failed += 1
            if name not in misses or args.only:
                bad += name not in misses
                print(f"{name}: {miss}")
    gone = set(misses) - {c[0] for c in cases} if args.all_misses and not args.only else set()
    for name in sorted(gone):
        print(f"{name}: misses.txt lists it, and there is no such case")
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if bad or gone else 0


if __name__ == "__main__":
    sys.exit(main())
