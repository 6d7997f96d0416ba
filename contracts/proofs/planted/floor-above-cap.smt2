; A treatment floor above the newcomers' cap would block a newcomer whom the short way lets pass.
(declare-const d I64) (declare-const w I64) (assert (isWeight w)) (assert (within d w))
(declare-const n U16) (declare-const m U16) (declare-const cap U16) (declare-const floor U16) (assert (bvule cap base)) (assert (bvule floor base)) (assert (bvsge d #x0000000000000000))
(assert (not (bvuge (score ((_ extract 15 0) (bvadd #x00000000000001f4 (points d w))) n m cap) floor)))
(check-sat)
