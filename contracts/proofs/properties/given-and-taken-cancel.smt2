; What is given and taken back in one epoch leaves no trace, unless a bound was met (the product of points and weight stands for itself).
(declare-const d I64) (declare-const l Wide) (declare-const product Wide)
(define-fun cut ((s Wide)) I64 ((_ extract 63 0) (ite (bvsgt s l) l (ite (bvslt s (bvneg l)) (bvneg l) s))))
(assert (bvsge l (wide #x0000000000000000))) (assert (bvsle l (wide #x0003ffffffffffff)))
(assert (bvsle (wide d) l)) (assert (bvsge (wide d) (bvneg l))) (assert (bvsle (bvadd (wide d) product) l)) (assert (bvsge (bvadd (wide d) product) (bvneg l)))
(assert (not (= (cut (bvsub (wide (cut (bvadd (wide d) product))) product)) d)))
(check-sat)
