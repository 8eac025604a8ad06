"""The tree-sitter grammars, and which of their nodes become which units.

Node names come from each grammar's node-types.json. To add a language, add a row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from tree_sitter import Language

from assistant.repo.units import UnitKind

_FUNCTION, _METHOD, _CLASS = UnitKind.FUNCTION, UnitKind.METHOD, UnitKind.CLASS


@dataclass(frozen=True, slots=True)
class Grammar:
    module: str
    definitions: Mapping[str, UnitKind]
    """Unit kind by node type, for nodes that define a single thing."""
    imports: frozenset[str] = frozenset()
    wrappers: frozenset[str] = frozenset()
    """Nodes that wrap a definition and belong to it: exports, templates."""
    containers: frozenset[str] = frozenset()
    """Unnamed nodes whose inner units count as top-level units of the file: conditionals."""
    annotations: frozenset[str] = frozenset()
    """Nodes that, like comments, belong to what follows them: attributes, decorators."""
    import_words: frozenset[str] = frozenset()
    """Commands that import, in languages without import syntax."""
    function: str = "language"
    """Name of the module's function that returns the language."""


def node_types(text: str) -> frozenset[str]:
    """The node types in a space-separated list."""
    return frozenset(text.split())


_SCRIPT = {
    "function_declaration": _FUNCTION,
    "generator_function_declaration": _FUNCTION,
    "method_definition": _METHOD,
    "class_declaration": _CLASS,
    "class": _CLASS,
    "abstract_class_declaration": _CLASS,
    "interface_declaration": _CLASS,
    "enum_declaration": _CLASS,
    "type_alias_declaration": _CLASS,
    "internal_module": _CLASS,
    "module": _CLASS,
}

_JAVASCRIPT = Grammar(
    "tree_sitter_javascript",
    _SCRIPT,
    imports=node_types("import_statement"),
    wrappers=node_types("export_statement expression_statement ambient_declaration"),
    annotations=node_types("decorator"),
    import_words=node_types("require"),
)

_C = {
    "function_definition": _FUNCTION,
    "struct_specifier": _CLASS,
    "union_specifier": _CLASS,
    "enum_specifier": _CLASS,
    "class_specifier": _CLASS,
    "concept_definition": _CLASS,
    "namespace_definition": _CLASS,
    "preproc_function_def": _FUNCTION,
}
_C_CONTAINERS = node_types(
    "preproc_ifdef preproc_if preproc_else preproc_elif linkage_specification declaration_list"
)

_JAVA = {
    "class_declaration": _CLASS,
    "interface_declaration": _CLASS,
    "enum_declaration": _CLASS,
    "record_declaration": _CLASS,
    "annotation_type_declaration": _CLASS,
    "method_declaration": _METHOD,
    "constructor_declaration": _METHOD,
    "compact_constructor_declaration": _METHOD,
}

_RUST = {
    "function_item": _FUNCTION,
    "function_signature_item": _FUNCTION,
    "macro_definition": _FUNCTION,
    "struct_item": _CLASS,
    "enum_item": _CLASS,
    "union_item": _CLASS,
    "trait_item": _CLASS,
    "impl_item": _CLASS,
    "mod_item": _CLASS,
    "type_item": _CLASS,
}

_RUBY = {
    "class": _CLASS,
    "module": _CLASS,
    "singleton_class": _CLASS,
    "method": _METHOD,
    "singleton_method": _METHOD,
}

_GO = {
    "function_declaration": _FUNCTION,
    "method_declaration": _METHOD,
    "type_spec": _CLASS,
}

GRAMMARS: Mapping[str, Grammar] = {
    "javascript": _JAVASCRIPT,
    "typescript": Grammar(
        "tree_sitter_typescript",
        _SCRIPT,
        imports=_JAVASCRIPT.imports,
        wrappers=_JAVASCRIPT.wrappers,
        annotations=_JAVASCRIPT.annotations,
        import_words=_JAVASCRIPT.import_words,
        function="language_typescript",
    ),
    "tsx": Grammar(
        "tree_sitter_typescript",
        _SCRIPT,
        imports=_JAVASCRIPT.imports,
        wrappers=_JAVASCRIPT.wrappers,
        annotations=_JAVASCRIPT.annotations,
        import_words=_JAVASCRIPT.import_words,
        function="language_tsx",
    ),
    "go": Grammar(
        "tree_sitter_go",
        _GO,
        imports=node_types("package_clause import_declaration"),
        wrappers=node_types("type_declaration"),
    ),
    "rust": Grammar(
        "tree_sitter_rust",
        _RUST,
        imports=node_types("use_declaration extern_crate_declaration"),
        annotations=node_types("attribute_item"),
    ),
    "java": Grammar(
        "tree_sitter_java",
        _JAVA,
        imports=node_types("package_declaration import_declaration"),
        containers=node_types("enum_body_declarations"),
    ),
    "c": Grammar(
        "tree_sitter_c",
        _C,
        imports=node_types("preproc_include"),
        wrappers=node_types("type_definition"),
        containers=_C_CONTAINERS,
    ),
    "cpp": Grammar(
        "tree_sitter_cpp",
        _C,
        imports=node_types("preproc_include using_declaration"),
        wrappers=node_types("type_definition template_declaration"),
        containers=_C_CONTAINERS,
    ),
    "ruby": Grammar(
        "tree_sitter_ruby", _RUBY, import_words=node_types("require require_relative load autoload")
    ),
    "bash": Grammar(
        "tree_sitter_bash",
        {"function_definition": _FUNCTION},
        import_words=node_types("source ."),
    ),
}

LANGUAGES: Mapping[str, str] = {
    "js": "javascript", "mjs": "javascript", "cjs": "javascript", "jsx": "javascript",
    "ts": "typescript", "mts": "typescript", "cts": "typescript", "tsx": "tsx",
    "go": "go", "rs": "rust", "java": "java", "c": "c", "h": "cpp",
    "cc": "cpp", "cpp": "cpp", "cxx": "cpp", "hh": "cpp", "hpp": "cpp", "hxx": "cpp",
    "rb": "ruby", "rake": "ruby", "gemspec": "ruby", "sh": "bash", "bash": "bash",
}  # fmt: skip
"""Grammar by file extension. Headers are parsed as C++, which also covers C."""


@cache
def language(name: str) -> Language:
    """Load the grammar, once."""
    grammar = GRAMMARS[name]
    return Language(getattr(import_module(grammar.module), grammar.function)())
