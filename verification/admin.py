"""The evidence: residues, certificates, their checks, primes. To look at, no more."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from searches.admin.lists import LedgerAdmin, moment, seconds, shortened
from searches.clock import ledger_now
from verification import standings
from verification.models import (
    ROLES,
    VERDICTS,
    Certificate,
    CertificateCheck,
    Prime,
    Refutation,
    Reliability,
    Residue,
)

_FOUND = moment("found_at")
_BY_NUMBER = "a number, for example 3*2^189+1, or its key"


class WordFilter(admin.SimpleListFilter):
    """A closed list of words of one column, never the distinct ones of the table."""

    words: tuple[str, ...] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(word, word) for word in self.words]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in self.words:
            return queryset
        return queryset.filter(**{str(self.parameter_name): self.value()})


class RoleFilter(WordFilter):
    title = parameter_name = "role"
    words = ROLES


class VerdictFilter(WordFilter):
    title = parameter_name = "verdict"
    words = VERDICTS


@admin.register(Residue)
class ResidueAdmin(LedgerAdmin):
    list_display = (
        "id",
        shortened("expression"),
        "verdict",
        "residue_type",
        "base",
        "res64",
        "role",
        seconds,
        "host",
        "refuted",
        moment("created_at"),
    )
    list_filter = (RoleFilter, VerdictFilter)
    list_select_related = ("refutation",)
    search_fields = ("key",)
    search_help_text = _BY_NUMBER

    def get_queryset(self, request: HttpRequest) -> QuerySet[Residue]:
        return super().get_queryset(request).defer("res2048")

    @admin.display(description="counts for nothing")
    def refuted(self, residue: Residue) -> str:
        found: Refutation | None = getattr(residue, "refutation", None)
        return found.reason if found else ""


@admin.register(Reliability)
class ReliabilityAdmin(LedgerAdmin):
    list_display = ("host", "standing", moment("quarantined_at"), moment("as_of"))
    ordering = ("host",)
    sortable_by = ()
    search_fields = ("host",)
    search_help_text = "the name of a host"

    @admin.display(description="what repeated tests say")
    def standing(self, row: Reliability) -> str:
        return standings.of(row.host, ledger_now()).words


@admin.register(Certificate)
class CertificateAdmin(LedgerAdmin):
    """The data itself, megabytes for large numbers, is left to the public download."""

    list_display = (
        "id",
        shortened("expression"),
        "kind",
        seconds,
        "worker",
        moment("created_at"),
    )
    list_select_related = ("worker",)
    search_fields = ("id", "key")
    search_help_text = _BY_NUMBER
    exclude = ("data",)
    readonly_fields = ("candidate", "block", "verify_block")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Certificate]:
        return super().get_queryset(request).defer("data")


@admin.register(CertificateCheck)
class CertificateCheckAdmin(LedgerAdmin):
    list_display = (
        "id",
        "certificate",
        "valid",
        "programs",
        seconds,
        moment("created_at"),
    )
    list_filter = ("valid",)
    search_fields = ("certificate",)
    search_help_text = "the number of a certificate"

    def get_queryset(self, request: HttpRequest) -> QuerySet[CertificateCheck]:
        rows = super().get_queryset(request).select_related("certificate")
        return rows.defer("certificate__data")

    @admin.display(description="verified by")
    def programs(self, check: CertificateCheck) -> str:
        return ", ".join(check.verified_by)


@admin.register(Prime)
class PrimeAdmin(LedgerAdmin):
    list_display = (
        shortened("expression"),
        "digits",
        "kind",
        "programs",
        shortened("search", 40),
        _FOUND,
    )
    ordering = ("-found_at", "-id")
    sortable_by = ("digits", _FOUND)
    search_fields = ("key",)
    search_help_text = _BY_NUMBER

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prime]:
        rows = super().get_queryset(request).select_related("search", "certificate")
        return rows.defer("certificate__data")

    @admin.display(description="certificate")
    def kind(self, prime: Prime) -> str:
        return prime.certificate.kind

    @admin.display(description="verified by")
    def programs(self, prime: Prime) -> str:
        return ", ".join(prime.verified_by)
