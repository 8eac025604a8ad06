"""Units of languages parsed by tree-sitter."""

from textwrap import dedent

import pytest

from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit


def units(path: str, source: str) -> dict[str, Unit]:
    found = units_of(text_file(path, dedent(source).lstrip("\n").encode()))
    return {unit.name: unit for unit in found}


CASES = {
    "javascript": (
        "a.mjs",
        """
        import { a } from './stock.js';
        const fs = require('fs');

        /** About f.

         */
        export async function f(x) { // note
          return g(x);
        }
        export default class {
          #count = 0;
          constructor() {
          }
          arrow = () => {
          };
        }
        const h = async (a) => {
        };
        const A = 1;
        Foo.prototype.bar = function () {
        };
        """,
        [
            ("imports", "imports", 1, 2),
            ("f", "function", 4, 9),
            ("default", "class", 10, 16),
            ("default head", "class head", 10, 11),
            ("default.constructor", "method", 12, 13),
            ("default.arrow", "method", 14, 15),
            ("h", "function", 17, 18),
            ("A", "block", 19, 19),
            ("Foo.prototype.bar", "function", 20, 21),
        ],
    ),
    "typescript": (
        "a.ts",
        """
        interface P {
          a: string;
        }
        export abstract class K<T> extends B {
          private x = 1;
          @dec()
          get y(): T {
          }
        }
        namespace N {
          export function q() {
          }
        }
        type Q = P | null;
        """,
        [
            ("P", "class", 1, 3),
            ("K", "class", 4, 9),
            ("K head", "class head", 4, 5),
            ("K.y", "method", 6, 8),
            ("N", "class", 10, 13),
            ("N head", "class head", 10, 10),
            ("N.q", "function", 11, 12),
            ("Q", "class", 14, 14),
        ],
    ),
    "tsx": (
        "a.tsx",
        """
        export const View = ({ a }: P) => (
          <div>{a}</div>
        );
        """,
        [("View", "function", 1, 3)],
    ),
    "go": (
        "a.go",
        """
        package main
        import "fmt"

        // About Run.
        func (s *Server[T]) Run(a int) error {
        }
        func main() {
        }
        type A struct {
        }
        const X = 1
        """,
        [
            ("imports", "imports", 1, 2),
            ("Server.Run", "method", 4, 6),
            ("main", "function", 7, 8),
            ("A", "class", 9, 10),
            ("X", "block", 11, 11),
        ],
    ),
    "rust": (
        "a.rs",
        """
        use std::io;

        #[derive(Debug)]
        pub struct A<T> {
        }
        impl<T> fmt::Display for A<T> {
            #[inline]
            fn fmt(&self) -> R {
            }
        }
        mod tests {
            fn t() {
            }
        }
        macro_rules! m {
        }
        """,
        [
            ("imports", "imports", 1, 1),
            ("A", "class", 3, 5),
            ("impl Display for A", "class", 6, 10),
            ("impl Display for A head", "class head", 6, 6),
            ("A.fmt", "method", 7, 9),
            ("tests", "class", 11, 14),
            ("tests head", "class head", 11, 11),
            ("tests.t", "function", 12, 13),
            ("m!", "function", 15, 16),
        ],
    ),
    "java": (
        "A.java",
        """
        package a.b;
        import java.util.List;

        /** About A. */
        @Ann
        public class A<T> extends B {
          private int x = 1;

          public A() {
          }
          @Override
          public int f(int a)
              throws E {
          }
        }
        """,
        [
            ("imports", "imports", 1, 2),
            ("A", "class", 4, 15),
            ("A head", "class head", 4, 7),
            ("A.A", "method", 9, 10),
            ("A.f", "method", 11, 14),
        ],
    ),
    "c": (
        "a.c",
        """
        #include <a.h>
        #define X 1

        typedef struct {
          int a;
        } T;
        struct S {
        };
        static int *p(int a)
        {
        }
        """,
        [
            ("imports", "imports", 1, 1),
            ("X", "block", 2, 2),
            ("T", "class", 4, 6),
            ("S", "class", 7, 8),
            ("p", "function", 9, 11),
        ],
    ),
    "c++": (
        "a.hpp",
        """
        #ifndef A_H
        #define A_H
        namespace n {
        template <typename T>
        class Foo : public Base {
         public:
          int bar(int x) const {
          }
        };
        int Foo::baz() {
        }
        }
        #endif
        """,
        [
            ("block 1", "block", 1, 13),
            ("A_H", "block", 2, 2),
            ("n", "class", 3, 12),
            ("n head", "class head", 3, 3),
            ("n.Foo", "class", 4, 9),
            ("n.Foo head", "class head", 4, 6),
            ("n.Foo.bar", "method", 7, 8),
            ("n.Foo.baz", "function", 10, 11),
        ],
    ),
    "ruby": (
        "a.rb",
        """
        require 'x'

        module M
          class A < B
            attr_reader :x

            # About f.
            def f(a,
                  b)
              1
            end
            def self.g; end
          end
        end
        X = 1
        """,
        [
            ("imports", "imports", 1, 1),
            ("M", "class", 3, 14),
            ("M head", "class head", 3, 3),
            ("M.A", "class", 4, 13),
            ("M.A head", "class head", 4, 5),
            ("M.A.f", "method", 7, 11),
            ("M.A.self.g", "method", 12, 12),
            ("X", "block", 15, 15),
        ],
    ),
    "shell": (
        "a.sh",
        """
        #!/bin/bash
        . ./lib.sh

        NAME=1
        # About f.
        f() {
          echo 1
        }
        function g {
          :
        }
        """,
        [
            ("imports", "imports", 1, 2),
            ("NAME", "block", 4, 4),
            ("f", "function", 5, 8),
            ("g", "function", 9, 11),
        ],
    ),
}


@pytest.mark.parametrize(("path", "source", "expected"), CASES.values(), ids=CASES)
def test_a_file_is_split_into_its_definitions(
    path: str, source: str, expected: list[tuple[str, str, int, int]]
) -> None:
    found = units(path, source).values()
    assert [(unit.name, unit.kind.value, unit.start, unit.end) for unit in found] == expected


def test_valid_units_around_broken_code_are_kept() -> None:
    source = "function f() {\n}\n\nfunction broken( {\n\nfunction g() {\n}\n"
    assert "f" in units("a.js", source)


def test_two_definitions_on_one_line_are_one_block() -> None:
    (unit,) = units("a.js", "function f() {} function g() {}\n").values()
    assert unit.kind.value == "block"
