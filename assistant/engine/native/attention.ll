; Attention over a key-value cache. attention_ir.py fills in what differs between group sizes.
; A job is an array of 8-byte words, named in attention_ir.FIELDS.

; Rotary position embedding of one head, halves paired, times `factor`.
define internal void @rotate(ptr noalias %from, ptr noalias %rotation, ptr noalias %into, i64 %dim, float %factor) {
entry:
  %half = lshr i64 %dim, 1
  %sines = getelementptr float, ptr %rotation, i64 %dim
  %factors = call <16 x float> @splat(float %factor)
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%i.next, %loop]
  %low = icmp slt i64 %i, %half
  %up = add i64 %i, %half
  %down = sub i64 %i, %half
  %across = select i1 %low, i64 %up, i64 %down
  %x.at = getelementptr float, ptr %from, i64 %i
  %x = load <16 x float>, ptr %x.at, align 4
  %pair.at = getelementptr float, ptr %from, i64 %across
  %pair = load <16 x float>, ptr %pair.at, align 4
  %cosine.at = getelementptr float, ptr %rotation, i64 %i
  %cosine = load <16 x float>, ptr %cosine.at, align 4
  %sine.at = getelementptr float, ptr %sines, i64 %i
  %sine = load <16 x float>, ptr %sine.at, align 4
  %turned = fmul <16 x float> %x, %cosine
  %both = call <16 x float> @llvm.fma.v16f32(<16 x float> %pair, <16 x float> %sine, <16 x float> %turned)
  %y = fmul <16 x float> %both, %factors
  %y.at = getelementptr float, ptr %into, i64 %i
  store <16 x float> %y, ptr %y.at, align 4
  %i.next = add i64 %i, 16
  %more = icmp slt i64 %i.next, %dim
  br i1 %more, label %loop, label %done
done:
  ret void
}

; Writes the rotated key and the value of a row to the cache.
define internal void @remember(ptr noalias %job, i64 %row, i64 %kv) {
entry:
$fields
  %all.keys = add i64 %heads, %kv_heads
  %per.row = add i64 %all.keys, %kv_heads
  %row.heads = mul i64 %row, %per.row
  %of.heads = add i64 %row.heads, %heads
  %key.head = add i64 %of.heads, %kv
  %value.head = add i64 %key.head, %kv_heads
  %key.offset = mul i64 %key.head, %dim
  %value.offset = mul i64 %value.head, %dim
  %key = getelementptr float, ptr %qkv, i64 %key.offset
  %value = getelementptr float, ptr %qkv, i64 %value.offset
  %twice = shl i64 %dim, 1
  %rotation.offset = mul i64 %row, %twice
  %rotation.row = getelementptr float, ptr %rotation, i64 %rotation.offset
  %position = add i64 %past, %row
  %key.block = mul i64 %kv, %capacity
  %value.kv = add i64 %kv_heads, %kv
  %value.block = mul i64 %value.kv, %capacity
  %key.place = add i64 %key.block, %position
  %value.place = add i64 %value.block, %position
  %key.far = mul i64 %key.place, %dim
  %value.far = mul i64 %value.place, %dim
  %key.into = getelementptr float, ptr %cache, i64 %key.far
  %value.into = getelementptr float, ptr %cache, i64 %value.far
  call void @rotate(ptr %key, ptr %rotation.row, ptr %key.into, i64 %dim, float 1.0)
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%i.next, %loop]
  %v.at = getelementptr float, ptr %value, i64 %i
  %v = load <16 x float>, ptr %v.at, align 4
  %into.at = getelementptr float, ptr %value.into, i64 %i
  store <16 x float> %v, ptr %into.at, align 4
  %i.next = add i64 %i, 16
  %more = icmp slt i64 %i.next, %dim
  br i1 %more, label %loop, label %done
done:
  ret void
}

; Softmax of `n` scores, in place; one NaN makes all of them NaN.
; Writes up to 15 elements beyond the last.
define internal void @softmax(ptr noalias %scores, i64 %n) {
entry:
  %raised = add i64 %n, 15
  %end = and i64 %raised, -16
  br label %pad
pad:
  %p = phi i64 [%n, %entry], [%p.next, %padding]
  %p.more = icmp slt i64 %p, %end
  br i1 %p.more, label %padding, label %largest
padding:
  %p.at = getelementptr float, ptr %scores, i64 %p
  store float 0xFFF0000000000000, ptr %p.at, align 4
  %p.next = add i64 %p, 1
  br label %pad
largest:
  %i = phi i64 [0, %pad], [%i.next, %largest]
  %most = phi <16 x float> [splat (float 0xFFF0000000000000), %pad], [%more.16, %largest]
  %x.at = getelementptr float, ptr %scores, i64 %i
  %x = load <16 x float>, ptr %x.at, align 4
  %more.16 = call <16 x float> @llvm.maximum.v16f32(<16 x float> %most, <16 x float> %x)
  %i.next = add i64 %i, 16
  %i.more = icmp slt i64 %i.next, %end
  br i1 %i.more, label %largest, label %raise
raise:
  %top = call float @llvm.vector.reduce.fmaximum.v16f32(<16 x float> %more.16)
  %tops = call <16 x float> @splat(float %top)
  br label %powers
powers:
  %j = phi i64 [0, %raise], [%j.next, %powers]
  %sum = phi <16 x float> [zeroinitializer, %raise], [%sum.next, %powers]
  %z.at = getelementptr float, ptr %scores, i64 %j
  %z = load <16 x float>, ptr %z.at, align 4
  %below = fsub <16 x float> %z, %tops
  %power = call <16 x float> @exp(<16 x float> %below)
  store <16 x float> %power, ptr %z.at, align 4
  %sum.next = fadd <16 x float> %sum, %power
  %j.next = add i64 %j, 16
  %j.more = icmp slt i64 %j.next, %end
  br i1 %j.more, label %powers, label %total
total:
  %all = call reassoc float @llvm.vector.reduce.fadd.v16f32(float 0.0, <16 x float> %sum.next)
  %inverse = fdiv float 1.0, %all
  %inverses = call <16 x float> @splat(float %inverse)
  br label %shares
shares:
  %k = phi i64 [0, %total], [%k.next, %shares]
  %s.at = getelementptr float, ptr %scores, i64 %k
  %s = load <16 x float>, ptr %s.at, align 4
  %share = fmul <16 x float> %s, %inverses
  store <16 x float> %share, ptr %s.at, align 4
  %k.next = add i64 %k, 16
  %k.more = icmp slt i64 %k.next, %end
  br i1 %k.more, label %shares, label %done
done:
  ret void
}

$groups

; The attention output of one group of heads for one row.
define internal void @answer(ptr noalias %job, i64 %row, i64 %kv, ptr noalias %own) {
entry:
$fields
  %last = add i64 %past, %row
  %n = add i64 %last, 1
  %twice = shl i64 %dim, 1
  %rotation.offset = mul i64 %row, %twice
  %rotation.row = getelementptr float, ptr %rotation, i64 %rotation.offset
  %two.kv = shl i64 %kv_heads, 1
  %per.row = add i64 %heads, %two.kv
  %row.heads = mul i64 %row, %per.row
  %first = mul i64 %kv, %group
  %q.head = add i64 %row.heads, %first
  %q.offset = mul i64 %q.head, %dim
  %q.row = getelementptr float, ptr %qkv, i64 %q.offset
  %factor.low = trunc i64 %factor to i32
  %factor.f = bitcast i32 %factor.low to float
  %group.width = mul i64 %group, %dim
  %scores = getelementptr float, ptr %own, i64 %group.width
  %y.heads = mul i64 %row, %heads
  %y.head = add i64 %y.heads, %first
  %y.offset = mul i64 %y.head, %dim
  %y.row = getelementptr float, ptr %y, i64 %y.offset
  %key.block = mul i64 %kv, %capacity
  %value.kv = add i64 %kv_heads, %kv
  %value.block = mul i64 %value.kv, %capacity
  %key.offset = mul i64 %key.block, %dim
  %value.offset = mul i64 %value.block, %dim
  %keys = getelementptr float, ptr %cache, i64 %key.offset
  %values = getelementptr float, ptr %cache, i64 %value.offset
  br label %turning
turning:
  %h = phi i64 [0, %entry], [%h.next, %turning]
  %h.offset = mul i64 %h, %dim
  %from = getelementptr float, ptr %q.row, i64 %h.offset
  %into = getelementptr float, ptr %own, i64 %h.offset
  call void @rotate(ptr %from, ptr %rotation.row, ptr %into, i64 %dim, float %factor.f)
  %h.next = add i64 %h, 1
  %h.more = icmp slt i64 %h.next, %group
  br i1 %h.more, label %turning, label %weigh
weigh:
  switch i64 %group, label %done [ $score_cases ]
$scoring
share:
  %s = phi i64 [0, %weigh.end], [%s.next, %share]
  %s.offset = mul i64 %s, %capacity
  %s.at = getelementptr float, ptr %scores, i64 %s.offset
  call void @softmax(ptr %s.at, i64 %n)
  %s.next = add i64 %s, 1
  %s.more = icmp slt i64 %s.next, %group
  br i1 %s.more, label %share, label %blend
weigh.end:
  br label %share
blend:
  switch i64 %group, label %done [ $blend_cases ]
$blending
done:
  ret void
}

define internal void @attend.work(ptr %job) {
entry:
$fields
  %number = call i32 @omp_get_thread_num()
  %thread = zext i32 %number to i64
  %size = call i32 @omp_get_num_threads()
  %team = zext i32 %size to i64
  %own.offset = mul i64 %thread, %area
  %own = getelementptr float, ptr %scratch, i64 %own.offset
  %units = mul i64 %rows, %kv_heads
  br label %remembering
remembering:
  %u = phi i64 [%thread, %entry], [%u.next, %remember.one]
  %u.more = icmp slt i64 %u, %units
  br i1 %u.more, label %remember.one, label %remembered
remember.one:
  %u.row = udiv i64 %u, %kv_heads
  %u.kv = urem i64 %u, %kv_heads
  call void @remember(ptr %job, i64 %u.row, i64 %u.kv)
  %u.next = add i64 %u, %team
  br label %remembering
remembered:
  call void @GOMP_barrier()
  br label %take
take:
  %from = atomicrmw add ptr %next.at, i64 1 monotonic
  %some = icmp slt i64 %from, %units
  br i1 %some, label %answer.one, label %end
answer.one:
  %row = udiv i64 %from, %kv_heads
  %kv = urem i64 %from, %kv_heads
  call void @answer(ptr %job, i64 %row, i64 %kv, ptr %own)
  br label %take
end:
  ret void
}

define void @attend(ptr %job) {
entry:
$fields
  store i64 0, ptr %next.at
  %team = trunc i64 %threads to i32
  call void @GOMP_parallel(ptr @attend.work, ptr %job, i32 %team, i32 0)
  ret void
}
