; Settling in two steps gives bit for bit what settling in one gives (path independence): magnitudes within bounds fit into 50 bits, and shifts by more leave nothing.
(declare-const m (_ BitVec 50)) (declare-const j (_ BitVec 50)) (declare-const k (_ BitVec 50)) (assert (bvule j (_ bv50 50))) (assert (bvule k (_ bv50 50)))
(assert (not (= (bvlshr (bvlshr m j) k) (bvlshr m (bvadd j k)))))
(check-sat)
