; Who has fewer counterparties than the least number never counts for more than the newcomers' cap, hence opens no gate.
(declare-const s U16) (declare-const t U8) (declare-const a U16) (declare-const b U16) (declare-const c U16) (declare-const e U16)
(assert (isTier t)) (assert (areGates a b c e))
(declare-const raw U16) (declare-const n U16) (declare-const m U16) (declare-const cap U16) (assert (bvule cap base)) (assert (bvult n m))
(assert (not (and (bvule (score raw n m cap) cap) (= (tierOf (score raw n m cap) t a b c e) #x00))))
(check-sat)
