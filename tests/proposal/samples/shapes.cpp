#include <string>

#if defined(A)
int pick(int value) { return value + 11; }
#else
int pick(int value) {
  return value + 12;
}
#endif

namespace sample {

template <typename T>
class Box {
 public:
  explicit Box(T value) : value_(value) {}
  virtual ~Box() = default;
  std::string text() const {
    return R"(raw 13
not indented)";
  }
  bool operator==(const Box &other) const { return value_ == other.value_; }

 private:
  T value_;
  int size_ = 14;
};

auto later = [](int many) {
  return many + 15;
};

}  // namespace sample
