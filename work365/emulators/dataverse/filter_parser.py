"""Reads a filter: a Pratt parser for the part of OData that Dataverse has."""

from collections.abc import Mapping

from work365.emulators.dataverse.errors import (
    DataverseError,
    not_emulated,
    query_error,
    too_many_conditions,
)
from work365.emulators.dataverse.expressions import (
    Call,
    Comparison,
    Expression,
    Literal,
    LiteralKind,
    Negation,
    Property,
    Quantifier,
    QueryFunction,
)
from work365.emulators.dataverse.odata_tokens import Token, TokenKind, tokens_of

BINDING = {"or": 1, "and": 2, "eq": 3, "ne": 3, "gt": 4, "ge": 4, "lt": 4, "le": 4}
UNSUPPORTED_OPERATORS = frozenset({"add", "sub", "mul", "div", "divby", "mod", "has"})
QUANTIFIERS = frozenset({"any", "all"})
PREFIX_BINDING = 7
CONDITIONS_MAX = 500
"""Source: a query may have 500 conditions."""

FUNCTION_NAMESPACE = "Microsoft.Dynamics.CRM."
TEXT_FUNCTIONS = frozenset({"contains", "startswith", "endswith"})
OTHER_FUNCTIONS = frozenset(
    [
        "cast",
        "ceiling",
        "concat",
        "date",
        "day",
        "floor",
        "fractionalseconds",
        "hour",
        "indexof",
        "isof",
        "length",
        "maxdatetime",
        "mindatetime",
        "minute",
        "month",
        "now",
        "round",
        "second",
        "substring",
        "time",
        "tolower",
        "totaloffsetminutes",
        "totalseconds",
        "toupper",
        "trim",
        "year",
        "geo.distance",
        "geo.intersects",
        "geo.length",
        "case",
        "hassubset",
        "hassubsequence",
        "matchespattern",
        "matchesPattern",
        "substringof",
    ]
)
LITERALS = {
    TokenKind.GUID: LiteralKind.GUID,
    TokenKind.MOMENT: LiteralKind.MOMENT,
    TokenKind.DAY: LiteralKind.DAY,
    TokenKind.NUMBER: LiteralKind.NUMBER,
}


def parse_filter(text: str, aliases: Mapping[str, str]) -> Expression:
    """Return what a filter says; `aliases` are the request's `@name=value` parameters."""
    parser = _Parser(text, aliases)
    try:
        expression = parser.expression(0)
    except RecursionError as error:
        raise query_error("The filter is nested too deeply.") from error
    parser.expect_end()
    return expression


class _Parser:
    def __init__(self, text: str, aliases: Mapping[str, str]) -> None:
        self._text = text
        self._aliases = aliases
        self._tokens = tokens_of(text)
        self._index = 0
        self._conditions = 0

    def expression(self, binding: int) -> Expression:
        left = self._prefix()
        while True:
            token = self._tokens[self._index]
            if token.kind is not TokenKind.NAME:
                return left
            self._refuse_operator(token)
            power = BINDING.get(token.text, 0)
            if power <= binding:
                return left
            self._index += 1
            left = Comparison(token.text, left, self.expression(power))
            if token.text not in ("and", "or"):
                self._count_condition()

    def _count_condition(self) -> None:
        self._conditions += 1
        if self._conditions > CONDITIONS_MAX:
            raise too_many_conditions()

    def _refuse_operator(self, token: Token) -> None:
        if token.text == "in":
            raise query_error("The query node In is not supported")
        if token.text in UNSUPPORTED_OPERATORS:
            raise query_error(f"The binary operator '{token.text.capitalize()}' is not supported.")
        if token.text not in BINDING:
            raise self._syntax_error(token)

    def expect_end(self) -> None:
        token = self._tokens[self._index]
        if token.kind is not TokenKind.END:
            raise self._syntax_error(token)

    def _syntax_error(self, token: Token) -> DataverseError:
        return query_error(f"Syntax error at position {token.position} in '{self._text}'.")

    def _next(self) -> Token:
        token = self._tokens[self._index]
        self._index += 1
        return token

    def _take(self, mark: str) -> bool:
        token = self._tokens[self._index]
        if token.kind is TokenKind.MARK and token.text == mark:
            self._index += 1
            return True
        return False

    def _expect(self, mark: str) -> None:
        token = self._tokens[self._index]
        if not self._take(mark):
            raise query_error(f"'{mark}' expected at position {token.position} in '{self._text}'.")

    def _prefix(self) -> Expression:
        token = self._next()
        if token.kind is TokenKind.NAME:
            if token.text == "not":
                return Negation(self.expression(PREFIX_BINDING))
            return self._named(token)
        if token.kind is TokenKind.MARK and token.text == "(":
            inside = self.expression(0)
            if not self._take(")"):
                position = self._tokens[self._index].position
                raise query_error(
                    f"')' or operator expected at position {position} in '{self._text}'."
                )
            return inside
        return self._literal(token)

    def _literal(self, token: Token) -> Literal:
        if token.kind is TokenKind.STRING:
            return Literal(LiteralKind.STRING, token.text[1:-1].replace("''", "'"))
        if token.kind is TokenKind.ALIAS:
            return self._aliased(token)
        if token.kind is TokenKind.NAME and token.text in ("true", "false"):
            return Literal(LiteralKind.BOOLEAN, token.text)
        if token.kind is TokenKind.NAME and token.text == "null":
            return Literal(LiteralKind.NULL, token.text)
        if token.kind in LITERALS:
            return Literal(LITERALS[token.kind], token.text)
        raise query_error(f"Expression expected at position {token.position} in '{self._text}'.")

    def _aliased(self, token: Token) -> Literal:
        if token.text not in self._aliases:
            return Literal(LiteralKind.NULL, "null")
        value = parse_filter(self._aliases[token.text], {})
        if not isinstance(value, Literal):
            raise not_emulated(f"a parameter alias that is no constant ({token.text})")
        return value

    def _named(self, token: Token) -> Expression:
        if token.text in ("true", "false", "null"):
            return self._literal(token)
        if self._take("("):
            return self._call(token)
        path = [self._segment(token)]
        while self._take("/"):
            part = self._next()
            if part.text in QUANTIFIERS and self._take("("):
                return self._quantifier(part.text, tuple(path))
            path.append(self._segment(part))
        return Property(tuple(path))

    def _segment(self, token: Token) -> str:
        if token.text.startswith("$"):
            raise query_error(f"The path segment '{token.text}' is not supported in $filter.")
        if token.kind is not TokenKind.NAME:
            raise self._syntax_error(token)
        if "." in token.text:
            raise query_error(
                f"The type cast '{token.text}' is not supported in $filter: Dataverse does not "
                "filter by derived types."
            )
        return token.text

    def _quantifier(self, operator: str, path: tuple[str, ...]) -> Quantifier:
        if self._take(")"):
            if operator == "all":
                raise query_error("The 'all' operator needs a range variable and a condition.")
            return Quantifier(operator, path, "", None)
        variable = self._segment(self._next())
        self._expect(":")
        predicate = self.expression(0)
        self._expect(")")
        return Quantifier(operator, path, variable, predicate)

    def _call(self, name: Token) -> Expression:
        self._count_condition()
        if name.text.startswith(FUNCTION_NAMESPACE):
            return self._query_function(name.text.removeprefix(FUNCTION_NAMESPACE))
        if name.text in OTHER_FUNCTIONS:
            raise query_error(f"The function '{name.text}' is not supported in $filter.")
        if name.text not in TEXT_FUNCTIONS:
            raise query_error(
                f"An unknown function with name '{name.text}' was found. This may also be a "
                "function import or a key lookup on a navigation property, which is not allowed."
            )
        arguments = [self.expression(0)]
        while self._take(","):
            arguments.append(self.expression(0))
        self._expect(")")
        return Call(name.text, tuple(arguments))

    def _query_function(self, name: str) -> QueryFunction:
        column: Property | None = None
        values: list[Literal] | None = None
        while not self._take(")"):
            parameter = self._next()
            self._expect("=")
            if parameter.text == "PropertyName":
                column = Property(tuple(self._literal(self._next()).text.split("/")))
            elif parameter.text == "PropertyValues":
                values = self._array_or_alias()
            elif parameter.text in ("PropertyValue", "PropertyValue1", "PropertyValue2"):
                values = [*(values or []), self._literal(self._next())]
            else:
                raise self._syntax_error(parameter)
            if not self._take(",") and self._tokens[self._index].text != ")":
                raise self._syntax_error(self._tokens[self._index])
        if column is None:
            raise query_error(f"The function '{name}' needs the parameter 'PropertyName'.")
        return QueryFunction(name, column, None if values is None else tuple(values))

    def _array_or_alias(self) -> list[Literal]:
        token = self._tokens[self._index]
        if token.kind is not TokenKind.ALIAS:
            return self.array()
        self._index += 1
        if token.text not in self._aliases:
            raise query_error(f"The parameter alias '{token.text}' has no value.")
        aliased = _Parser(self._aliases[token.text], {})
        values = aliased.array()
        aliased.expect_end()
        return values

    def array(self) -> list[Literal]:
        self._expect("[")
        values: list[Literal] = []
        while not self._take("]"):
            if values and not self._take(","):
                raise query_error(
                    "Invalid JSON. A comma character ',' was expected in scope 'Array'. Every "
                    "two elements in an array and properties of an object must be separated "
                    "by commas."
                )
            value = self._literal(self._next())
            if value.kind is not LiteralKind.STRING:
                raise query_error(
                    "Cannot convert a value to the expected type 'Edm.String': the values of "
                    "'PropertyValues' are strings."
                )
            values.append(value)
        return values
