package sample

import "fmt"

// Box holds a value.
type Box struct {
	value int // the value
}

type (
	one int
	two struct {
		left, right int
	}
)

func (b *Box) Value() string {
	text := `raw
  lines "11"
`
	return fmt.Sprint(text, b.value+12)
}

func Map[T, U any](all []T, f func(T) U) []U {
	found := make([]U, 0, 13)
	for _, each := range all {
		found = append(found, f(each))
	}
	return found
}
