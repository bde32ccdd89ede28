"""Discord's own description of its API, which judges what is asked and what is answered."""

import copy
import json
import os
import pathlib
import re
import urllib.parse

import jsonschema
import referencing
import referencing.jsonschema

from processes import ROOT

ABSENT = (
    "Discord's OpenAPI document isn't here: put openapi.json of github.com/discord/discord-api-spec"
    " beside the checkout as reference/discord-openapi.json, or name it in DISCORD_OPENAPI"
)
DOCUMENT = "urn:discord"
INT32 = range(-(2**31), 2**31)


def path_of_document():
    """Where the document is, or nothing."""
    stated = os.environ.get("DISCORD_OPENAPI")
    if stated:
        found = [pathlib.Path(stated)]
    else:
        found = [
            path
            for pattern in ("reference", "*/reference")
            for path in ROOT.parent.glob(f"{pattern}/discord-openapi.json")
        ]
    return next((path for path in found if path.exists()), None)


def _formats():
    formats = jsonschema.FormatChecker(formats=["date-time"])
    formats.checks("int32")(lambda value: not isinstance(value, int) or value in INT32)
    formats.checks("uri")(
        lambda value: not isinstance(value, str) or bool(urllib.parse.urlsplit(value).scheme)
    )
    return formats


def wrong(judge, exchanges):
    """Every exchange that is wrong, with what is wrong with it."""
    return {str(said): found for said in exchanges if (found := judge(said))}


class OpenAPI:
    """Judges exchanges by the document. What it finds wrong is a list of sentences."""

    def __init__(self, path):
        self.document = json.loads(path.read_text())
        self._formats = _formats()
        self._operations = [
            (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", template)), template)
            for template in self.document["paths"]
        ]
        # Fixed paths come before those with parameters: /users/@me is no /users/{user_id}.
        self._operations.sort(key=lambda pair: pair[1].count("{"))
        self._registry = self._registry_of(self.document)

    @staticmethod
    def _registry_of(document):
        resource = referencing.Resource.from_contents(
            document, default_specification=referencing.jsonschema.DRAFT202012
        )
        return referencing.Registry().with_resource(DOCUMENT, resource)

    def with_named_field_errors(self):
        """The same with the one place changed where the document contradicts Discord.

        It says that the `code` of a single field's error is an integer. Discord sends names there
        (BASE_TYPE_REQUIRED), its reference's section "Error Messages" shows them so, and libraries
        rely on it. So the sandbox is right to send names, and the document is wrong.
        """
        other = copy.copy(self)
        other.document = copy.deepcopy(self.document)
        errors = other.document["components"]["schemas"]["InnerErrors"]["properties"]["_errors"]
        assert errors["items"] == {"$ref": "#/components/schemas/Error"}
        errors["items"] = {
            "type": "object",
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
            "required": ["code", "message"],
            "additionalProperties": False,
        }
        other._registry = self._registry_of(other.document)
        return other

    def template(self, path):
        """The document's name for a path, such as /channels/{channel_id}."""
        return next((name for shape, name in self._operations if shape.fullmatch(path)), None)

    def wrong_request(self, exchange):
        """What is wrong with the method, path, query and body of a request."""
        template = self.template(exchange.path)
        item = self.document["paths"].get(template, {})
        operation = item.get(exchange.method.lower())
        if operation is None:
            return [f"there is no {exchange.method} {exchange.path}"]
        known = {
            parameter["name"]: parameter["schema"]
            for parameter in item.get("parameters", []) + operation.get("parameters", [])
            if parameter["in"] == "query"
        }
        found = []
        for name, text in exchange.query:
            if name not in known:
                found.append(f"there is no parameter {name}")
            else:
                found += self._wrong(self._read(text, known[name]), known[name])
        described = operation.get("requestBody")
        if described is None:
            return found + (["there must be no body"] if exchange.body else [])
        content = described["content"]["application/json"]["schema"]
        return found + self._wrong(json.loads(exchange.body or b"null"), content)

    def wrong_answer(self, exchange):
        """What is wrong with an answer's status, type and body."""
        item = self.document["paths"].get(self.template(exchange.path), {})
        described = item.get(exchange.method.lower(), {}).get("responses", {})
        status = str(exchange.status)
        response = described.get(status) or described.get(f"{status[0]}XX")
        if response is None:
            return [f"{exchange.method} {exchange.path} can't be answered {status}"]
        while "$ref" in response:
            response = self._pointed(response["$ref"])
        if "content" not in response:
            return ["there must be no body"] if exchange.answer else []
        if exchange.content_type != "application/json":
            return [f"Content-Type is {exchange.content_type}"]
        content = response["content"]["application/json"]["schema"]
        return self._wrong(json.loads(exchange.answer), content)

    def _pointed(self, reference):
        value = self.document
        for name in reference.removeprefix("#/").split("/"):
            value = value[name]
        return value

    @staticmethod
    def _read(text, schema):
        """A parameter's text as what its schema speaks of."""
        kind = schema.get("type", "string")
        if "boolean" in kind and text in ("true", "false"):
            return text == "true"
        if "integer" in kind and re.fullmatch(r"-?\d+", text):
            return int(text)
        return text

    def _wrong(self, value, schema):
        validator = jsonschema.Draft202012Validator(
            self._absolute(schema), registry=self._registry, format_checker=self._formats
        )
        return [
            f"{'/'.join(map(str, error.absolute_path)) or 'the body'}: {error.message[:300]}"
            for error in validator.iter_errors(value)
        ]

    def _absolute(self, schema):
        """The schema with references that say which document they point into."""
        if isinstance(schema, dict):
            return {
                name: DOCUMENT + inner if name == "$ref" else self._absolute(inner)
                for name, inner in schema.items()
            }
        return [self._absolute(one) for one in schema] if isinstance(schema, list) else schema
