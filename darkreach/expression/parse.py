"""Reads expressions. What is ambiguous between PFGW and PARI/GP is refused with a hint
how to write it, instead of being read one way or the other."""

from __future__ import annotations

import re

import gmpy2

from darkreach.errors import ExpressionError
from darkreach.expression import functions
from darkreach.expression.nodes import (
    Factorial,
    Integer,
    Node,
    Power,
    Primorial,
    Product,
    Sum,
    Variable,
)

#: Longest text in characters, deepest parentheses, most numbers of one text.
LONGEST = 10_000
DEEPEST = 50
MOST_MEMBERS = 8

_FUNCTION = re.compile(r"(?:[Pp]hi|R)(?=[ \t]*\()")
_TOKEN = re.compile(_FUNCTION.pattern + r"|[0-9]+|\*\*|\+-|[a-z+\-*/^!#(),]")


def parse(text: str) -> list[Node]:
    """The numbers that the text stands for: its comma-joined members, and `+-` is two
    of them, minus first. ExpressionError if the text is no expression."""
    members = []
    for tokens in _split(_tokens(text)):
        for signed in _both_signs(tokens):
            members.append(_Reader(signed).member())
    if len(members) > MOST_MEMBERS:
        raise ExpressionError(
            f"an order is for at most {MOST_MEMBERS} numbers at once, "
            f"this one has {len(members)}"
        )
    return members


def _tokens(text: str) -> list[str]:
    if not isinstance(text, str):
        raise ExpressionError("an expression is a text such as 3*2^n+1")
    if len(text) > LONGEST:
        raise ExpressionError(
            f"this expression has {len(text)} characters; at most {LONGEST} are read"
        )
    rest = _FUNCTION.sub("", text)
    if called := re.search(r"[A-Z][A-Za-z]*(?=\()", rest):
        raise ExpressionError(
            f"functions here are R(n), R(n,b) and Phi(n,x); {called.group()[:20]} is "
            "none of them"
        )
    strange = re.search(r"[^0-9a-z+\-*/^!#(), \t]", rest)
    if strange:
        raise ExpressionError(_about_strange(strange.group()))
    if re.search(r"[0-9][ \t]+[0-9]", text):
        raise ExpressionError("two numbers stand side by side; an operator is missing")
    tokens = _TOKEN.findall(text)
    if "**" in tokens:
        raise ExpressionError("** is not read here; write ^ for powers, as in 2^n")
    if not tokens:
        raise ExpressionError("the expression is empty; write one such as 3*2^n+1")
    return tokens


def _about_strange(sign: str) -> str:
    if sign.isascii() and sign.isalpha():
        return f"variables are small letters: write {sign.lower()} instead of {sign}"
    if sign == "±":
        return "write +- instead of ±"
    return (
        f"{sign!a} has no meaning in an expression; it may hold digits, small "
        "letters, + - * / ^ ! # and parentheses"
    )


def _split(tokens: list[str]) -> list[list[str]]:
    """The tokens of each member; commas inside parentheses are left for the reader."""
    members: list[list[str]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token == "(") - (token == ")")
        if token == "," and depth == 0:
            members.append([])
        else:
            members[-1].append(token)
    return members


def _both_signs(tokens: list[str]) -> list[list[str]]:
    count = tokens.count("+-")
    if count > 1:
        raise ExpressionError("+- may stand only once in each number")
    if count == 0:
        return [tokens]
    return [[sign if t == "+-" else t for t in tokens] for sign in "-+"]


class _Reader:
    """Recursive descent over the tokens of one member."""

    def __init__(self, tokens: list[str]) -> None:
        self.rest = tokens[::-1]
        self.depth = 0

    def member(self) -> Node:
        node = self._sum()
        if self._next == ")":
            raise ExpressionError("a closing parenthesis has no opening one")
        if self.rest:
            raise ExpressionError(self._about_unexpected())
        return node

    @property
    def _next(self) -> str:
        return self.rest[-1] if self.rest else ""

    def _sum(self) -> Node:
        sign = 1
        if self._next in ("+", "-"):
            sign = 1 if self.rest.pop() == "+" else -1
        terms = [(sign, self._product())]
        while self._next in ("+", "-"):
            sign = 1 if self.rest.pop() == "+" else -1
            terms.append((sign, self._product()))
        if len(terms) == 1 and terms[0][0] == 1:
            return terms[0][1]
        return Sum(tuple(terms))

    def _product(self) -> Node:
        factors: list[tuple[str, Node]] = []
        operator = "*"
        while True:
            literal = self._next.isdigit()
            factor = self._power()
            factors.append((operator, factor))
            if literal and isinstance(factor, Integer) and self._next.isalpha():
                if operator == "/":
                    raise ExpressionError(self._hint(f"/{factor.value}{self._next}"))
                operator = "*"
            elif self._next in ("*", "/"):
                operator = self.rest.pop()
            else:
                break
        return factors[0][1] if len(factors) == 1 else Product(tuple(factors))

    def _power(self) -> Node:
        base = self._postfix()
        if self._next != "^":
            return base
        self.rest.pop()
        exponent = self._atom()
        if self._next == "^":
            raise ExpressionError(
                "a tower of powers needs parentheses: write (2^3)^n or 2^(3^n)"
            )
        if self._next in ("!", "#"):
            raise ExpressionError(
                f"write parentheses around what {self._next} belongs to"
            )
        if isinstance(exponent, Integer) and self._next.isalpha():
            raise ExpressionError(self._hint(f"^{exponent.value}{self._next}"))
        return Power(base, exponent)

    def _postfix(self) -> Node:
        node = self._atom()
        if self._next == "#":
            self.rest.pop()
            node = Primorial(node)
        elif self._next == "!":
            self.rest.pop()
            node = Factorial(node, self._step())
        else:
            return node
        if self._next in ("!", "#"):
            raise ExpressionError(
                f"write parentheses around what the second {self._next} belongs to"
            )
        return node

    def _step(self) -> int:
        """1 after `n!`, 2 after `n!!` or `n!2`, k after `n!k`."""
        step = 1
        while self._next == "!":
            self.rest.pop()
            step += 1
        if step == 1 and self._next.isdigit():
            step = _integer(self.rest.pop())
            if not 1 <= step < 2**31:
                raise ExpressionError("in n!k, k is between 1 and 2147483647")
        return step

    def _atom(self) -> Node:
        token = self._next
        if token.isdigit():
            return Integer(_integer(self.rest.pop()))
        if len(token) > 1 or token == "R":
            return self._function()
        if token.isalpha():
            return Variable(self.rest.pop())
        if token == "(":
            return self._parenthesis()
        if not token:
            raise ExpressionError("the expression ends where a number is missing")
        raise ExpressionError(f"a number or variable is missing before {token!r}")

    def _function(self) -> Node:
        """R(n), R(n,b) or Phi(n,x); the parenthesis is there."""
        name = self.rest.pop().capitalize()
        self.rest.pop()
        arguments = [self._argument()]
        while self._next == ",":
            self.rest.pop()
            arguments.append(self._argument())
        if self._next != ")":
            raise ExpressionError("an opening parenthesis is never closed")
        self.rest.pop()
        return functions.call(name, arguments)

    def _argument(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError(f"parentheses are nested more than {DEEPEST} deep")
        node = self._sum()
        self.depth -= 1
        return node

    def _parenthesis(self) -> Node:
        self.rest.pop()
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError(f"parentheses are nested more than {DEEPEST} deep")
        node = self._sum()
        self.depth -= 1
        if self._next == ")":
            self.rest.pop()
            return node
        if self.rest:
            raise ExpressionError(self._about_unexpected())
        raise ExpressionError("an opening parenthesis is never closed")

    def _about_unexpected(self) -> str:
        if self._next == ",":
            return "a comma may only separate whole numbers, not stand in parentheses"
        return (
            f"an operator is missing before {self._next[:20]!r}; products other than "
            "2n need a *, as in k*n or 2*(n+1)"
        )

    def _hint(self, piece: str) -> str:
        """How to write /2n or ^2n so that it can only mean one thing."""
        operator, letter = piece[0], piece[-1]
        number = piece[1:-1][:20]
        return (
            f"{operator}{number}{letter} may mean two things: write "
            f"{operator}({number}*{letter}) or {operator}{number}*{letter}"
        )


def _integer(digits: str) -> int:
    """int() refuses more than 4,300 digits; an expression may hold more."""
    return int(gmpy2.mpz(digits))
