"""Checks a report in JUnit's XML by the schema, and prints what a reader finds in it: a line for each case."""

import sys
from pathlib import Path

import junitparser
import xmlschema

report = sys.argv[1]
xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd")).validate(report)
for suite in junitparser.JUnitXml.fromfile(report):
    properties = ",".join(f"{p.name}={p.value}" for p in suite.properties())
    for case in suite:
        results = [type(result).__name__.lower() for result in case.result] or ["passed"]
        print(case.classname, *results, properties, case.name, sep=" | ")
