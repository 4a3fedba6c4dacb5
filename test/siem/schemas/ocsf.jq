def attribute: {type, object: .object_type, array: .is_array, required: (if .requirement == "required" then true else null end), profiles, enum: (if .enum then (.enum | map_values(.caption)) else null end)} | with_entries(select(.value != null));
def plain: {uid, constraints, deprecated: (if ."@deprecated" then true else null end), attributes: (.attributes | map_values(attribute))} | with_entries(select(.value != null));
{
  source: "https://github.com/ocsf/ocsf-schema",
  license: "Apache-2.0",
  version,
  types: (.dictionary.types.attributes | map_values({type, regex, range, max_len} | with_entries(select(.value != null)))),
  classes: (.classes | with_entries(select(.key | IN("entity_management", "user_access", "account_change", "authentication", "api_activity", "detection_finding", "user_management"))) | map_values(plain)),
  objects: (.objects | with_entries(select(.key | IN("metadata", "product", "actor", "user", "account", "organization", "managed_entity", "network_endpoint", "api", "service", "finding_info", "resource_details", "policy", "fingerprint", "auth_factor", "attestation", "object", "analytic"))) | map_values(plain))
}
