//! The words of Commerce for what the catalogue calls otherwise.

/// Words of Commerce, each with that of records.
pub(super) type Words = &'static [(&'static str, &'static str)];

pub(super) const CATEGORIES: Words = &[
    ("base", "Base Products"),
    ("add_on", "Add On Services"),
    ("other", "Miscellaneous Products"),
];

pub(super) const TYPES: Words = &[
    ("one_time", "OneTime"),
    ("recurring", "Recurring"),
    ("usage", "Usage"),
];

pub(super) const MODELS: Words = &[
    ("flat_fee", "Flat Fee Pricing"),
    ("per_unit", "Per Unit Pricing"),
    ("overage", "Overage Pricing"),
    ("volume", "Volume Pricing"),
    ("tiered", "Tiered Pricing"),
    ("tiered_overage", "Tiered with Overage Pricing"),
    ("discount_fixed_amount", "Discount-Fixed Amount"),
    ("discount_percentage", "Discount-Percentage"),
    ("delivery", "Delivery Pricing"),
    ("calculated", "Calculated"),
    ("multi_attribute_pricing", "MultiAttributePricing"),
    ("prerated_pricing", "PreratedPricing"),
    ("prerated_per_unit", "PreratedPerUnit"),
    (
        "high_water_mark_volume_pricing",
        "HighWatermarkVolumePricing",
    ),
    (
        "high_water_mark_tiered_pricing",
        "HighWatermarkTieredPricing",
    ),
];

pub(super) const TRIGGERS: Words = &[
    ("contract_effective", "ContractEffective"),
    ("service_activation", "ServiceActivation"),
    ("customer_acceptance", "CustomerAcceptance"),
    ("specific_date", "SpecificDate"),
];

pub(super) const ENDS: Words = &[
    ("subscription_end", "Subscription_End"),
    ("end_date_one_time", "One_Time"),
    ("fixed_period", "Fixed_Period"),
    ("specific_end_date", "Specific_End_Date"),
];

pub(super) const CYCLES: Words = &[
    ("default_from_customer", "DefaultFromCustomer"),
    ("specific_day_of_month", "SpecificDayofMonth"),
    ("subscription_start_day", "SubscriptionStartDay"),
    ("charge_trigger_day", "ChargeTriggerDay"),
    ("specific_day_of_week", "SpecificDayofWeek"),
    ("term_start_day", "TermStartDay"),
    ("term_end_day", "TermEndDay"),
];

pub(super) const PERIODS: Words = &[
    ("bill_cycle_period_month", "Month"),
    ("bill_cycle_period_quarter", "Quarter"),
    ("bill_cycle_period_semi_annual", "Semi-Annual"),
    ("bill_cycle_period_annual", "Annual"),
    ("bill_cycle_period_eighteen_months", "Eighteen Months"),
    ("bill_cycle_period_two_years", "Two Years"),
    ("bill_cycle_period_three_years", "Three Years"),
    ("bill_cycle_period_five_years", "Five Years"),
    ("bill_cycle_period_specific_months", "Specific Months"),
    ("bill_cycle_period_subscription_term", "Subscription Term"),
    ("bill_cycle_period_week", "Week"),
    ("bill_cycle_period_specific_weeks", "Specific Weeks"),
    ("bill_cycle_period_specific_days", "Specific Days"),
];

pub(super) const ALIGNMENTS: Words = &[
    ("align_to_charge", "AlignToCharge"),
    ("align_to_subscription_start", "AlignToSubscriptionStart"),
    ("align_to_term_start", "AlignToTermStart"),
    ("align_to_term_end", "AlignToTermEnd"),
];

pub(super) const TIMINGS: Words = &[("in_advance", "In Advance"), ("in_arrears", "In Arrears")];

pub(super) const FORMATS: Words = &[
    ("price_format_flat_fee", "Flat Fee"),
    ("price_format_per_unit", "Per Unit"),
];

/// The word of records; one that is not known stays.
pub(super) fn own(words: Words, word: &str) -> &str {
    let found = words.iter().find(|(told, _)| *told == word);
    found.map_or(word, |(_, own)| own)
}

/// The word of Commerce; one that is not known stays.
pub(super) fn told(words: Words, word: &str) -> &str {
    let found = words.iter().find(|(_, own)| *own == word);
    found.map_or(word, |(told, _)| told)
}
