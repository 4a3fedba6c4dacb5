/** The context of a request. Cedar cannot extend a type, so `approve` repeats it. */
const asking = `  now: datetime,
  durationSeconds: Long,
  ticket?: String,
  /// Whether it is taken by break-glass.
  breakGlass: Bool,
  /// The proof that the principal gave for exactly this. Absent: none.
  verified?: Verified,
  /// 0 to 23, in the time zone of the requester.
  localHour: Long,
  /// 1 is Monday, 7 is Sunday, in the time zone of the requester.
  localWeekday: Long,
  /// Live grants of this person; \`activeLeasesHere\`: on this resource.
  activeLeases: Long,
  activeLeasesHere: Long,
  /// Requests that this person submitted within 24 hours.
  requestsInLastDay: Long,
`

/**
 * The entities, attributes and actions of policies, in Cedar's schema language. Every policy is validated against it at
 * the start, so that a misspelt attribute is refused: it would otherwise never match, without an error. A constant and
 * not a file, so that the built program contains it. https://docs.cedarpolicy.com/schema/human-readable-schema.html
 */
export const policySchema = `
/// The employee who is answerable for a contractor.
type Sponsor = {
  person: String,
  userId: String,
  /// Whether the sponsor is a full member of this workspace now.
  isActive: Bool,
};

/// A proof of who is clicking. \`method\`: "passkey" or "sign-in".
type Verified = {
  method: String,
  ageSeconds: Long,
};

/// A contractor's contract.
type Engagement = {
  company: String,
  tags: Set<String>,
  starts: datetime,
  ends: datetime,
  /// Whole days until the end.
  daysLeft: Long,
  sponsor: Sponsor,
};

/// A Slack account. Id: "<team id>/<user id>".
entity Account in [UserGroup, Approvers, SecurityLeads] {
  userId: String,
  /// The human beneath the account. Two accounts with one confirmed address have one person.
  person: String,
  /// "employee" or "contractor": a guest, or a person who has or had an engagement.
  kind: String,
  isDeactivated: Bool,
  isBot: Bool,
  isGuest: Bool,
  /// Of another organisation or another workspace.
  isStranger: Bool,
  /// The engagement that holds now. Absent: there is none.
  engagement?: Engagement,
};

/// A Slack user group. Id: "S...".
entity UserGroup;

/// Those whom the catalog names as approvers of one resource, themselves or by a user group. Id: the resource's.
entity Approvers;

/// Those whom the catalog names as security leads, themselves or by a user group. Id: "catalog".
entity SecurityLeads;

/// Id: as in the catalog, "orders-db".
entity Resource {
  environment?: String,
  /// As in the catalog.
  tags: Set<String>,
  approvers: Approvers,
};

/// Id: "orders-db/read-orders".
entity Entitlement in [Resource] {
  environment?: String,
  /// Its own and those of its resource.
  tags: Set<String>,
  approvers: Approvers,
  /// "low", "medium", "high" or "critical".
  risk: String,
};

/// One ask, as its approvers meet it.
entity AccessRequest in [Entitlement, Resource] {
  environment?: String,
  tags: Set<String>,
  approvers: Approvers,
  risk: String,
  requester: Account,
};

/// A live grant, for policies on who may revoke it.
entity Grant in [Entitlement, Resource] {
  environment?: String,
  tags: Set<String>,
  approvers: Approvers,
  risk: String,
  holder: Account,
};

/// What somebody asks for, and the situation of that person. A policy that names a circumstance which is not known is a refusal.
type Asking = {
${asking}};
/// A person whose engagement is to change. Id: the person's. Without an open engagement it has no company, tags and sponsor.
entity Contractor {
  person: String,
  company?: String,
  tags?: Set<String>,
  sponsor?: Sponsor,
};

/// The person who is to be the sponsor.
type NewSponsor = {
  person: String,
  userId: String,
  /// "employee" or "contractor".
  kind: String,
  isActive: Bool,
};

/// May this person ask for this? May it be approved by rule, without a person? May this person take it in an emergency?
action request, selfServe, breakGlass appliesTo {
  principal: Account,
  resource: Entitlement,
  context: Asking,
};

/// May this person approve or deny this request?
action approve appliesTo {
  principal: Account,
  resource: AccessRequest,
  context: {
${asking}  /// The name of the open stage of approvals.
  stage: String,
  /// This person approved an earlier stage of this request.
  approvedEarlierStage: Bool,
  /// The catalog lets one person approve two stages.
  samePersonInTwoStages: Bool,
  /// The number of other people whose approval counts already.
  otherApprovals: Long,
  /// The request would be approved by this click.
  isLastApproval: Bool,
  /// The requester approved a request of this person within 30 days.
  approvedByRequesterLately: Bool,
  },
};

/// May this person approve further requests like this one in advance? \`durationSeconds\`: the longest lease of each use.
action preApprove appliesTo {
  principal: Account,
  resource: AccessRequest,
  context: { now: datetime, durationSeconds: Long, goodForSeconds: Long },
};

/// May this person take this back early? A Resource: all access to it at once, and a freeze. Resource::"*": everywhere, and of any person.
action revoke appliesTo {
  principal: Account,
  resource: [Grant, Resource],
  context: { now: datetime },
};

/// May this person review this use of break-glass?
action review appliesTo {
  principal: Account,
  resource: Grant,
  context: { now: datetime },
};

/// May this person read who had what of this resource?
action audit appliesTo {
  principal: Account,
  resource: Resource,
  context: { now: datetime },
};

/// May this person change the engagement, the confirmed logins or the accounts of this contractor? \`change\`: "see", "add",
/// "extend", "end", "handOver", "confirmIdentity" or "linkAccounts".
action manageContractor appliesTo {
  principal: Account,
  resource: Contractor,
  context: { now: datetime, change: String, newSponsor?: NewSponsor },
};
`
