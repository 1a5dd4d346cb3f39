"""Which credentials an operation asks for, as OpenAPI writes it down."""

from __future__ import annotations

from typing import Any

from clausewise.contract.nodes import Nodes
from clausewise.contract.operation import Operation
from clausewise.contract.security import Requirement, SecurityScheme, declared_in, scheme_of
from clausewise.cutting import quoted


def read_security(nodes: Nodes, operation: Operation, node: dict[str, Any]) -> None:
    """Read which credentials an operation asks for. Raises ContractError for what says nothing."""
    around = node if "security" in node else nodes.root
    needs = around.get("security") or []
    if not isinstance(needs, list):
        raise nodes.wrong(f"`security` is a list, not {quoted(needs)}", around, "security")
    requirements: list[Requirement] = []
    for listed in needs:
        # PHP writes an empty object as an empty list.
        need = {} if listed == [] else listed
        if not isinstance(need, dict):
            problem = f"`security` is a list of objects, not of {quoted(need)}"
            raise nodes.wrong(problem, around, "security")
        schemes = [_scheme(nodes, operation, str(name), around) for name in need]
        if all(scheme is not None for scheme in schemes):
            requirements.append(tuple(scheme for scheme in schemes if scheme is not None))
    operation.security = tuple(requirements)
    operation.is_open = "security" in node and needs == []


def _scheme(nodes: Nodes, operation: Operation, name: str, around: Any) -> SecurityScheme | None:
    if name not in nodes.schemes:
        listed = declared_in(nodes.root)
        scheme = None
        if name in listed:
            with nodes.costing(operation):
                node, _ = nodes.resolve(listed[name], nodes.base, listed, name)
                scheme = scheme_of(name, node)
        elif not listed:
            # Documents that declare none at all mean a bearer token.
            scheme = SecurityScheme(name, "header", "Authorization", "Bearer")
        nodes.schemes[name] = scheme
        if scheme is None:
            reason = f"the security scheme {name} is none that is known"
            nodes.miss(operation.id, reason, around, "security")
    return nodes.schemes[name]
