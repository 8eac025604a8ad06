"""One file with types and functions in each language, to insert things into."""

PYTHON = '''"""Stacks."""

import sys


class Stack:
    """Last in, first out."""

    limit = 10

    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)

    def pop(self):
        return self.items.pop()


class Queue:
    def put(self, item):
        pass


def main():
    return Stack()


if __name__ == "__main__":
    main()
'''
TYPESCRIPT = """export enum Level {
  Low = "low",
  High = "high",
}

export interface Options {
  size: number;
  name?: string;
}

export class Queue<T> {
  private items: T[] = [];

  constructor(private options: Options) {}

  add(item: T): void {
    this.items.push(item);
  }

  remove(item: T): void {
    this.items = this.items.filter(each => each !== item);
  }
}

export function create<T>(): Queue<T> {
  return new Queue<T>({ size: 1 });
}
"""
JAVASCRIPT = """'use strict';

class Router {
  constructor() {
    this.routes = [];
  }

  get(path, handler) {
    this.routes.push({ path, handler });
  }
}

function create() {
  return new Router();
}

module.exports = { Router, create };
"""
GO = """package stack

import "fmt"

// Stack is a stack.
type Stack struct {
\titems []int
\tlimit int
}

func (s *Stack) Push(item int) {
\ts.items = append(s.items, item)
}

func New() *Stack {
\treturn &Stack{}
}

func show(s *Stack) {
\tfmt.Println(s.items)
}
"""
RUST = """use std::fmt;

/// A shape.
#[derive(Debug)]
pub enum Shape {
    Circle(f64),
    Square(f64)
}

pub struct Stack {
    items: Vec<i32>,
}

impl Stack {
    pub fn new() -> Self {
        Stack { items: Vec::new() }
    }

    pub fn push(&mut self, item: i32) {
        self.items.push(item);
    }
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.items.len())
    }
}
"""
JAVA = """package demo;

import java.util.List;

public class Stack {
    private final List<Integer> items;
    private int limit = 10;

    public Stack(List<Integer> items) {
        this.items = items;
    }

    public void push(int item) {
        items.add(item);
    }
}

enum Color {
    RED,
    GREEN;

    boolean isRed() {
        return this == RED;
    }
}
"""
CPP = """#include <vector>

namespace demo {

class Stack {
public:
    Stack() = default;

    void push(int item) { items_.push_back(item); }

    int size() const;

private:
    void grow();

    std::vector<int> items_;
    int limit_ = 10;
};

enum class Color { Red, Green };

int Stack::size() const {
    return static_cast<int>(items_.size());
}

}  // namespace demo
"""
RUBY = """require 'set'

class Stack
  attr_reader :items

  def initialize
    @items = []
  end

  def push(item)
    @items << item
  end

  private

  def grow
    @items
  end
end
"""
