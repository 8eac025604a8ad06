; The int8 product. product_ir.py fills in what differs between instruction sets.
; A job is an array of 8-byte words, named in product_ir.FIELDS.

$declaration
declare <16 x float> @llvm.fabs.v16f32(<16 x float>)
declare <16 x float> @llvm.maximum.v16f32(<16 x float>, <16 x float>)
declare <16 x float> @llvm.minimum.v16f32(<16 x float>, <16 x float>)
declare <16 x float> @llvm.roundeven.v16f32(<16 x float>)
declare <16 x float> @llvm.fma.v16f32(<16 x float>, <16 x float>, <16 x float>)
declare float @llvm.vector.reduce.fmaximum.v16f32(<16 x float>)
declare float @llvm.vector.reduce.fadd.v16f32(float, <16 x float>)
declare i32 @llvm.vector.reduce.add.v16i32(<16 x i32>)
declare float @llvm.maximum.f32(float, float)
declare float @llvm.sqrt.f32(float)
declare i64 @llvm.smin.i64(i64, i64)
declare void @llvm.prefetch.p0(ptr, i32, i32, i32)
declare i32 @omp_get_thread_num()
declare i32 @omp_get_num_threads()
declare void @GOMP_barrier()
declare void @GOMP_parallel(ptr, ptr, i32, i32)

define internal <16 x float> @splat(float %value) alwaysinline {
  %one = insertelement <16 x float> poison, float %value, i64 0
  %all = shufflevector <16 x float> %one, <16 x float> poison, <16 x i32> zeroinitializer
  ret <16 x float> %all
}

; exp(x) for x clamped to -87...87: 2^whole * 2^rest, |rest| <= 1/2, with a Taylor polynomial whose
; error is below float32 precision.
define internal <16 x float> @exp(<16 x float> %x) alwaysinline {
  %low = call <16 x float> @splat(float -87.0)
  %high = call <16 x float> @splat(float 87.0)
  %not.more = call <16 x float> @llvm.minimum.v16f32(<16 x float> %x, <16 x float> %high)
  %z = call <16 x float> @llvm.maximum.v16f32(<16 x float> %not.more, <16 x float> %low)
  %log2e = call <16 x float> @splat(float 0x3FF7154760000000)
  %scaled = fmul <16 x float> %z, %log2e
  %whole = call <16 x float> @llvm.roundeven.v16f32(<16 x float> %scaled)
  %ln2 = call <16 x float> @splat(float 0xBFE62E4300000000)
  %ln2.rest = call <16 x float> @splat(float 0x3E205C6100000000)
  %r0 = call <16 x float> @llvm.fma.v16f32(<16 x float> %whole, <16 x float> %ln2, <16 x float> %z)
  %r = call <16 x float> @llvm.fma.v16f32(<16 x float> %whole, <16 x float> %ln2.rest, <16 x float> %r0)
  %one = call <16 x float> @splat(float 1.0)
  %c2 = call <16 x float> @splat(float 0.5)
  %c3 = call <16 x float> @splat(float 0x3FC5555560000000)
  %c4 = call <16 x float> @splat(float 0x3FA5555560000000)
  %c5 = call <16 x float> @splat(float 0x3F81111120000000)
  %c6 = call <16 x float> @splat(float 0x3F56C16C20000000)
  %p5 = call <16 x float> @llvm.fma.v16f32(<16 x float> %c6, <16 x float> %r, <16 x float> %c5)
  %p4 = call <16 x float> @llvm.fma.v16f32(<16 x float> %p5, <16 x float> %r, <16 x float> %c4)
  %p3 = call <16 x float> @llvm.fma.v16f32(<16 x float> %p4, <16 x float> %r, <16 x float> %c3)
  %p2 = call <16 x float> @llvm.fma.v16f32(<16 x float> %p3, <16 x float> %r, <16 x float> %c2)
  %p1 = call <16 x float> @llvm.fma.v16f32(<16 x float> %p2, <16 x float> %r, <16 x float> %one)
  %p0 = call <16 x float> @llvm.fma.v16f32(<16 x float> %p1, <16 x float> %r, <16 x float> %one)
  %exponent = fptosi <16 x float> %whole to <16 x i32>
  %bias.1 = insertelement <16 x i32> poison, i32 127, i64 0
  %bias = shufflevector <16 x i32> %bias.1, <16 x i32> poison, <16 x i32> zeroinitializer
  %biased = add <16 x i32> %exponent, %bias
  %place.1 = insertelement <16 x i32> poison, i32 23, i64 0
  %place = shufflevector <16 x i32> %place.1, <16 x i32> poison, <16 x i32> zeroinitializer
  %bits = shl <16 x i32> %biased, %place
  %power = bitcast <16 x i32> %bits to <16 x float>
  %exp = fmul <16 x float> %p0, %power
  ret <16 x float> %exp
}

; SiLU: x / (1 + exp(-x)).
define internal <16 x float> @silu(<16 x float> %x) alwaysinline {
  %minus = fneg <16 x float> %x
  %exp = call <16 x float> @exp(<16 x float> %minus)
  %one = call <16 x float> @splat(float 1.0)
  %below = fadd <16 x float> %exp, %one
  %y = fdiv <16 x float> %x, %below
  ret <16 x float> %y
}

; Writes one input row, after norm or gate, to `line`; returns the largest magnitude.
define internal float @read(ptr noalias %job, i64 %row, ptr noalias %into) {
entry:
$fields
  %is.gated = icmp ne i64 %gated, 0
  %is.normed = icmp ne ptr %norm, null
  %width = shl i64 %in, %gated
  %start = mul i64 %row, %width
  %x.row = getelementptr float, ptr %x, i64 %start
  %x.second = getelementptr float, ptr %x.row, i64 %in
  br i1 %is.normed, label %squares, label %ready
squares:
  %j = phi i64 [0, %entry], [%j.next, %squares]
  %sum = phi <16 x float> [zeroinitializer, %entry], [%sum.next, %squares]
  %square.at = getelementptr float, ptr %x.row, i64 %j
  %square = load <16 x float>, ptr %square.at, align 4
  %sum.next = call <16 x float> @llvm.fma.v16f32(<16 x float> %square, <16 x float> %square, <16 x float> %sum)
  %j.next = add i64 %j, 16
  %j.more = icmp slt i64 %j.next, %in
  br i1 %j.more, label %squares, label %root
root:
  %total = call reassoc float @llvm.vector.reduce.fadd.v16f32(float 0.0, <16 x float> %sum.next)
  %count = sitofp i64 %in to float
  %mean = fdiv float %total, %count
  %epsilon.low = trunc i64 %epsilon to i32
  %epsilon.f = bitcast i32 %epsilon.low to float
  %above = fadd float %mean, %epsilon.f
  %deviation = call float @llvm.sqrt.f32(float %above)
  %inverse = fdiv float 1.0, %deviation
  br label %ready
ready:
  %factor = phi float [1.0, %entry], [%inverse, %root]
  %factors = call <16 x float> @splat(float %factor)
  br label %loop
loop:
  %i = phi i64 [0, %ready], [%i.next, %stored]
  %largest = phi <16 x float> [zeroinitializer, %ready], [%larger, %stored]
  %value.at = getelementptr float, ptr %x.row, i64 %i
  %value = load <16 x float>, ptr %value.at, align 4
  br i1 %is.normed, label %normalize, label %plain
normalize:
  %norm.here = getelementptr float, ptr %norm, i64 %i
  %norm.16 = load <16 x float>, ptr %norm.here, align 4
  %unit = fmul <16 x float> %value, %factors
  %normal = fmul <16 x float> %unit, %norm.16
  br label %stored
plain:
  br i1 %is.gated, label %gate, label %stored
gate:
  %up.at = getelementptr float, ptr %x.second, i64 %i
  %up = load <16 x float>, ptr %up.at, align 4
  %open = call <16 x float> @silu(<16 x float> %value)
  %passed = fmul <16 x float> %open, %up
  br label %stored
stored:
  %result = phi <16 x float> [%normal, %normalize], [%value, %plain], [%passed, %gate]
  %into.at = getelementptr float, ptr %into, i64 %i
  store <16 x float> %result, ptr %into.at, align 4
  %size = call <16 x float> @llvm.fabs.v16f32(<16 x float> %result)
  %larger = call <16 x float> @llvm.maximum.v16f32(<16 x float> %largest, <16 x float> %size)
  %i.next = add i64 %i, 16
  %more = icmp slt i64 %i.next, %in
  br i1 %more, label %loop, label %done
done:
  ; NaN stays NaN, for the caller to detect.
  %most = call float @llvm.vector.reduce.fmaximum.v16f32(<16 x float> %larger)
  ret float %most
}

define internal void @quantize(ptr noalias %job, i64 %row, ptr noalias %into, ptr noalias %sizes, ptr noalias %numbers) {
entry:
$fields
  %second = icmp sge i64 %row, %tokens
  %behind = sub i64 %row, %tokens
  %token = select i1 %second, i64 %behind, i64 %row
  %found = call float @read(ptr %job, i64 %token, ptr %numbers)
  %most = call float @llvm.maximum.f32(float %found, float 0x3BC79CA100000000)
  %step = fdiv float %most, $TOP.0
  %inverse = fdiv float $TOP.0, %most
  ; The rounding error is at most half a step: the range of the second row.
  %finer = fmul float %inverse, $TWICE.0
  %fine = fdiv float 1.0, %finer
  %size = select i1 %second, float %fine, float %step
  %size.at = getelementptr float, ptr %sizes, i64 %row
  store float %size, ptr %size.at
  %steps.16 = call <16 x float> @splat(float %step)
  %inverses = call <16 x float> @splat(float %inverse)
  %finers = call <16 x float> @splat(float %finer)
  %origin = call <16 x float> @splat(float $ORIGIN.0)
  ; Truncating a non-negative number plus one half rounds to nearest.
  %half = call <16 x float> @splat(float $ORIGIN.5)
  %inner = urem i64 %row, $ROWS
  %block = sub i64 %row, %inner
  %left = sub i64 %rows, %block
  %count = call i64 @llvm.smin.i64(i64 %left, i64 $ROWS)
  %block.at = mul i64 %block, %in
  %first = mul i64 %inner, $STEP
  %base = add i64 %block.at, %first
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%i.next, %store]
  %value.at = getelementptr float, ptr %numbers, i64 %i
  %value = load <16 x float>, ptr %value.at, align 4
  %shifted = call <16 x float> @llvm.fma.v16f32(<16 x float> %value, <16 x float> %inverses, <16 x float> %half)
  %first.whole = fptosi <16 x float> %shifted to <16 x i32>
  br i1 %second, label %refine, label %store
refine:
  %reached = sitofp <16 x i32> %first.whole to <16 x float>
  %counted = fsub <16 x float> %reached, %origin
  %coarse = fmul <16 x float> %counted, %steps.16
  %lost = fsub <16 x float> %value, %coarse
  %lost.shifted = call <16 x float> @llvm.fma.v16f32(<16 x float> %lost, <16 x float> %finers, <16 x float> %half)
  %second.whole = fptosi <16 x float> %lost.shifted to <16 x i32>
  br label %store
store:
  %whole = phi <16 x i32> [%first.whole, %loop], [%second.whole, %refine]
  %level = trunc <16 x i32> %whole to <16 x i8>
  %number = udiv i64 %i, $STEP
  %within = urem i64 %i, $STEP
  %stride = mul i64 %count, $STEP
  %chunk = mul i64 %number, %stride
  %far = add i64 %chunk, %within
  %offset = add i64 %base, %far
  %level.at = getelementptr i8, ptr %into, i64 %offset
  store <16 x i8> %level, ptr %level.at, align 1
  %i.next = add i64 %i, 16
  %more = icmp slt i64 %i.next, %in
  br i1 %more, label %loop, label %done
done:
  ret void
}

$blocks

define internal void @work(ptr %job) {
entry:
$fields
  %number = call i32 @omp_get_thread_num()
  %thread = zext i32 %number to i64
  %size = call i32 @omp_get_num_threads()
  %team = zext i32 %size to i64
  %few = icmp sle i64 %rows, $FEW_ROWS
  %own = select i1 %few, i64 %thread, i64 0
  %levels.offset = mul i64 %own, %area
  %levels.mine = getelementptr i8, ptr %levels, i64 %levels.offset
  %steps.offset = mul i64 %own, %rows
  %steps.mine = getelementptr float, ptr %steps, i64 %steps.offset
  %line.offset = mul i64 %thread, %in
  %line.mine = getelementptr float, ptr %line, i64 %line.offset
  %begin = select i1 %few, i64 0, i64 %thread
  %advance = select i1 %few, i64 1, i64 %team
  br label %quantizing
quantizing:
  %q = phi i64 [%begin, %entry], [%q.next, %quantize.one]
  %q.more = icmp slt i64 %q, %rows
  br i1 %q.more, label %quantize.one, label %quantized
quantize.one:
  call void @quantize(ptr %job, i64 %q, ptr %levels.mine, ptr %steps.mine, ptr %line.mine)
  %q.next = add i64 %q, %advance
  br label %quantizing
quantized:
  br i1 %few, label %claim, label %wait
wait:
  call void @GOMP_barrier()
  br label %claim
claim:
  %first = atomicrmw add ptr %next.at, i64 %strip monotonic
  br label %take
take:
  %from = phi i64 [%first, %claim], [%after, %walked]
  %some = icmp slt i64 %from, %out
  br i1 %some, label %begin.walk, label %end
begin.walk:
  ; Take the next strip now, so that it can be prefetched while this one is multiplied.
  %after = atomicrmw add ptr %next.at, i64 %strip monotonic
  %others = icmp slt i64 %after, %out
  %here.offset = mul i64 %from, %in
  %after.offset = mul i64 %after, %in
  %here = getelementptr i8, ptr %weight, i64 %here.offset
  %there = getelementptr i8, ptr %weight, i64 %after.offset
  %strip.bytes = mul i64 %strip, %in
  %strip.half = lshr i64 %strip.bytes, 1
  %full = add i64 %from, %strip
  %to = call i64 @llvm.smin.i64(i64 %full, i64 %out)
  %last = sub i64 %out, $COLUMNS
  br label %walk
walk:
  %row = phi i64 [0, %begin.walk], [%row.next, %walked]
  %left = sub i64 %rows, %row
  %count = call i64 @llvm.smin.i64(i64 %left, i64 $ROWS)
  %block.offset = mul i64 %row, %in
  %block.levels = getelementptr i8, ptr %levels.mine, i64 %block.offset
  %block.steps = getelementptr float, ptr %steps.mine, i64 %row
  ; Each of the first two blocks of input rows prefetches half of it.
  %is.first = icmp eq i64 %row, 0
  %is.second = icmp eq i64 %row, $ROWS
  %is.early = or i1 %is.first, %is.second
  %fetches = and i1 %is.early, %others
  %begun = select i1 %is.second, i64 %strip.half, i64 0
  %ahead.start = getelementptr i8, ptr %there, i64 %begun
  %ahead = select i1 %fetches, ptr %ahead.start, ptr %here
  switch i64 %count, label %walked [ $cases ]
$sweeps
walked:
  %row.next = add i64 %row, %count
  %rows.more = icmp slt i64 %row.next, %rows
  br i1 %rows.more, label %walk, label %take
end:
  ret void
}

define void @product(ptr %job) {
entry:
$fields
  store i64 0, ptr %next.at
  %team = trunc i64 %threads to i32
  call void @GOMP_parallel(ptr @work, ptr %job, i32 %team, i32 0)
  ret void
}

define internal void @add.up(ptr %job) {
entry:
$fields
  br label %take
take:
  %from = atomicrmw add ptr %next.at, i64 %strip monotonic
  %some = icmp slt i64 %from, %out
  br i1 %some, label %begin, label %end
begin:
  %full = add i64 %from, %strip
  %to = call i64 @llvm.smin.i64(i64 %full, i64 %out)
  br label %row
row:
  %n = phi i64 [%from, %begin], [%n.next, %store]
  %start = mul i64 %n, %in
  %w = getelementptr i8, ptr %weight, i64 %start
  br label %loop
loop:
  %i = phi i64 [0, %row], [%i.next, %loop]
  %sum = phi <16 x i32> [zeroinitializer, %row], [%sum.next, %loop]
  %bytes.at = getelementptr i8, ptr %w, i64 %i
  %bytes = load <16 x i8>, ptr %bytes.at, align 1
  %wide = sext <16 x i8> %bytes to <16 x i32>
  %sum.next = add <16 x i32> %sum, %wide
  %i.next = add i64 %i, 16
  %more = icmp slt i64 %i.next, %in
  br i1 %more, label %loop, label %store
store:
  %total = call i32 @llvm.vector.reduce.add.v16i32(<16 x i32> %sum.next)
  %shifted = mul i32 %total, $ORIGIN
  %shift.here = getelementptr i32, ptr %shift, i64 %n
  store i32 %shifted, ptr %shift.here
  %n.next = add i64 %n, 1
  %n.more = icmp slt i64 %n.next, %to
  br i1 %n.more, label %row, label %take
end:
  ret void
}

; Fills `shift`, once per weight matrix.
define void @sums(ptr %job) {
entry:
$fields
  store i64 0, ptr %next.at
  %team = trunc i64 %threads to i32
  call void @GOMP_parallel(ptr @add.up, ptr %job, i32 %team, i32 0)
  ret void
}
