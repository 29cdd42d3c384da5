"""The states of a search, a block and a candidate, one table each.

A transition is always a conditional write (`... WHERE state = <from>`): whoever
changes no row came too late. The CHECK constraints of the models are built from
these tables, so a state that is not listed here cannot be stored.
"""

SEARCH = {
    # from: {event: to}
    "running": {"pause": "paused", "cancel": "cancelled", "finish": "finished"},
    "paused": {"resume": "running", "cancel": "cancelled"},
    "cancelled": {"resume": "running"},
    # Evidence fell into doubt: some of its numbers have to be tested again.
    "finished": {"reopen": "running"},
}

BLOCK = {
    "ready": {"claim": "leased", "cancel": "cancelled", "other copy": "replaced"},
    "leased": {
        "submit": "done",
        "release": "ready",
        "reclaim": "ready",
        "third reclaim": "quarantined",
        "cancel": "cancelled",
        "other copy": "replaced",
    },
    "done": {},
    "quarantined": {"retry": "ready", "cancel": "cancelled", "other copy": "replaced"},
    "cancelled": {"resume": "ready"},
    # Of a block and its second copy the other one was done first.
    "replaced": {},
}

CANDIDATE = {
    # open: this search tests the number; elsewhere: another search does.
    "open": {
        "factor": "factored",
        "residue": "composite",
        "probable prime": "probable",
        "certificate": "prime",
        "conflict": "disputed",
        "yield": "elsewhere",
    },
    "elsewhere": {
        "adopt": "open",
        "factor": "factored",
        "residue": "composite",
        "probable prime": "probable",
        "certificate": "prime",
        "conflict": "disputed",
    },
    # probable: waits for a certificate, or has none for lack of factors.
    "probable": {
        "certificate": "prime",
        "factor": "factored",
        "residue": "composite",
        "conflict": "disputed",
        "withdrawn": "open",
    },
    "factored": {},
    # withdrawn: its residues count for nothing any more.
    "composite": {
        "conflict": "disputed",
        "refuted": "probable",
        "withdrawn": "open",
    },
    "prime": {},
    # Further tests decide who was wrong.
    "disputed": {
        "certificate": "prime",
        "factor": "factored",
        "residue": "composite",
        "probable prime": "probable",
        "withdrawn": "open",
    },
}

UNSETTLED_CANDIDATE = ("open", "elsewhere", "probable")
UNFINISHED_BLOCK = ("ready", "leased", "quarantined")

STAGES = ("sieve", "pm1", "prp", "prove")
# double: repeats a test; retest: tests a probable prime to another base; third: decides
# between residues that differ; certify: verifies test proofs; verify: certificates.
PURPOSES = ("first", "copy", "double", "retest", "third", "certify", "verify")
EVIDENCE_LEVELS = ("single", "double-checked", "proven")
# What a number still lacks; trust: a second test, unless its tester earns trust first.
OWED = ("", "trust", "double-checked", "proven", "retest", "third")
HARDWARE_CLASSES = ("cpu", "highmem", "gpu")


def choices(names: object) -> list[tuple[str, str]]:
    """Django choices from the keys of a table or a tuple of names."""
    return [(name, name) for name in names]  # type: ignore[attr-defined]


def sources(table: dict[str, dict[str, str]], target: str) -> list[str]:
    """The states from which `target` can be reached in one step."""
    return [state for state, events in table.items() if target in events.values()]
