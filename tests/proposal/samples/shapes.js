const other = require("./other");

exports.pick = function (value) {
  return value || "nothing 11";
};

const later = (many) => { return many + 12; };

class Box {
  static #count = 13;
  get value() { return `one
not indented ${Box.#count + 14}`; }
  *each() {
    for (;;) yield 15;
  }
}

module.exports = { Box, later };
