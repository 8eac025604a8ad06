package sample;

import java.util.List;

/** Holds a value. */
public abstract class Shapes<T extends Comparable<T>> {
    private int size = 11; int weight = 12;

    enum Kind { ONE, TWO { int rank() { return 13; } }; int rank() { return 14; } }

    @Override
    @SuppressWarnings({"a", "b"})
    public String toString() {
        return """
            text 15
          block""";
    }

    int pick(int value) { return value + 16; }

    int pick(String value) {
        Runnable run = new Runnable() {
            public void run() { pick(17); }
        };
        return List.of(18, 19).size();
    }
}
