import type { Freeze } from './freeze.ts'
import type { PasskeyGround } from './passkey.ts'
import type { PolicyAction } from './policy.ts'
import type { LegalHold } from './record/legal-hold.ts'
import type { RulesVersion } from './rules-version.ts'

/** A change of the passkeys of a person. The person is told as well, in a direct message. */
export type PasskeyNotice =
  | {
      readonly kind: 'passkey_added'
      readonly userId: string
      readonly name: string
      readonly ground: PasskeyGround
    }
  | { readonly kind: 'passkey_removed'; readonly userId: string; readonly name: string }
  | {
      /** Somebody may add a passkey by a code. */
      readonly kind: 'passkey_code_issued'
      readonly userId: string
      /** Null: the command line made it. */
      readonly byUserId: string | null
    }

/** Something that the security channel is told once, and that belongs to no request. */
export type SecurityNotice =
  | PasskeyNotice
  | {
      /** Somebody signed in with an account of the company that Daypass does not know as theirs. */
      readonly kind: 'sign_in_not_linked'
      readonly userId: string
      readonly subject: string
      readonly issuer: string
    }
  | {
      /** A target and the grants disagree about one access. */
      readonly kind: 'access_drifted'
      readonly resourceId: string
      readonly found: 'unaccounted' | 'missing'
      readonly outcome: 'announced' | 'to_be_removed' | 'removed' | 'restored' | 'not_restored' | 'ended'
      /** The access, as the target shows it. */
      readonly detail: string
      /** Null: no request of this database is known. */
      readonly reference: string | null
    }
  | {
      /** Files of catalog or policies were changed, and the change is refused. The running version stays. */
      readonly kind: 'rules_refused'
      readonly running: RulesVersion
      readonly refused: RulesVersion
      /** Each with file, line and remedy. The first few. */
      readonly problems: readonly string[]
      readonly problemCount: number
    }
  | {
      /** Somebody was refused because policies could not be evaluated. */
      readonly kind: 'policies_not_evaluated'
      readonly action: PolicyAction
      readonly resourceId: string | null
      readonly entitlementId: string | null
      /** Each begins with the ids of the policies. */
      readonly errors: readonly string[]
    }
  | {
      /** A verification found that the record is not the one that was signed. */
      readonly kind: 'record_faulty'
      /** The first few. */
      readonly faults: readonly { readonly position: number | null; readonly what: string }[]
      readonly faultCount: number
      /** ISO time of the verification. */
      readonly foundAt: string
    }
  | {
      /** The newest checkpoint of the record, to be kept outside the database. */
      readonly kind: 'record_checkpoint'
      readonly note: string
    }
  | {
      /** A destination takes no events of the audit log, or takes them again. */
      readonly kind: 'stream'
      /** Its id in the catalog. */
      readonly stream: string
      readonly state: 'failing' | 'recovered'
      /** Null: it works again. */
      readonly problem: string | null
      /** ISO time. */
      readonly since: string | null
    }
  | {
      /** Somebody asks to erase free texts, and another security lead has to confirm it. */
      readonly kind: 'erasure_asked'
      readonly erasureId: string
      readonly askedBy: string
      /** `AR-1042`, or the user id of a person. */
      readonly about: string
    }
  | {
      /** A rule that notices could not be evaluated, and was left out. */
      readonly kind: 'rule_failed'
      readonly rule: string
      readonly error: string
    }
  | {
      /** A report that the catalog wants in a channel could not be made or posted. */
      readonly kind: 'report_not_made'
      readonly schedule: string
      readonly report: string
      readonly because: string
    }
  | {
      /** The sponsor of open engagements is no longer a full member, so these engagements allow nothing. */
      readonly kind: 'sponsor_left'
      readonly sponsorUserId: string
      /** The first few. */
      readonly contractorUserIds: readonly string[]
      readonly contractorCount: number
    }
  | FreezeNotice
  | HoldNotice

/** A freeze was made, or is over: lifted, or its time is over. */
export interface FreezeNotice {
  readonly kind: 'freeze'
  readonly change: 'made' | 'closed'
  readonly freeze: Freeze
}

/** A legal hold was placed, somebody asks to lift it, or it was lifted. */
export interface HoldNotice {
  readonly kind: 'hold'
  readonly change: 'placed' | 'lift_asked' | 'lifted'
  readonly hold: LegalHold
}
