; Where the bounds are not reached, exactly the points given are added: 96 bits are enough for every delta.
(declare-const d I64) (declare-const w I64) (assert (isWeight w)) (assert (within d w))
(declare-const delta U16) (assert (within ((_ extract 63 0) (sum d w delta)) w)) (assert (= (sum d w delta) (wide ((_ extract 63 0) (sum d w delta)))))
(assert (not (= (wide (add d w delta base)) (bvadd (wide d) (bvmul ((_ sign_extend 80) delta) (wide w))))))
(check-sat)
