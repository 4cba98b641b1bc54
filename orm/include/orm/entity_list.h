/*
 * entity_list.h - ORM_ENTITIES(author, book, ...): up to 64 descriptors as a NULL-terminated list. Included by entity.h.
 *
 * The preprocessor has no loops, so each length has its macro.
 */
#ifndef ORM_ENTITY_LIST_H
#define ORM_ENTITY_LIST_H

#define ORM_LIST_1_(a) &orm_entity_##a
#define ORM_LIST_2_(a, ...) &orm_entity_##a, ORM_LIST_1_(__VA_ARGS__)
#define ORM_LIST_3_(a, ...) &orm_entity_##a, ORM_LIST_2_(__VA_ARGS__)
#define ORM_LIST_4_(a, ...) &orm_entity_##a, ORM_LIST_3_(__VA_ARGS__)
#define ORM_LIST_5_(a, ...) &orm_entity_##a, ORM_LIST_4_(__VA_ARGS__)
#define ORM_LIST_6_(a, ...) &orm_entity_##a, ORM_LIST_5_(__VA_ARGS__)
#define ORM_LIST_7_(a, ...) &orm_entity_##a, ORM_LIST_6_(__VA_ARGS__)
#define ORM_LIST_8_(a, ...) &orm_entity_##a, ORM_LIST_7_(__VA_ARGS__)
#define ORM_LIST_9_(a, ...) &orm_entity_##a, ORM_LIST_8_(__VA_ARGS__)
#define ORM_LIST_10_(a, ...) &orm_entity_##a, ORM_LIST_9_(__VA_ARGS__)
#define ORM_LIST_11_(a, ...) &orm_entity_##a, ORM_LIST_10_(__VA_ARGS__)
#define ORM_LIST_12_(a, ...) &orm_entity_##a, ORM_LIST_11_(__VA_ARGS__)
#define ORM_LIST_13_(a, ...) &orm_entity_##a, ORM_LIST_12_(__VA_ARGS__)
#define ORM_LIST_14_(a, ...) &orm_entity_##a, ORM_LIST_13_(__VA_ARGS__)
#define ORM_LIST_15_(a, ...) &orm_entity_##a, ORM_LIST_14_(__VA_ARGS__)
#define ORM_LIST_16_(a, ...) &orm_entity_##a, ORM_LIST_15_(__VA_ARGS__)
#define ORM_LIST_17_(a, ...) &orm_entity_##a, ORM_LIST_16_(__VA_ARGS__)
#define ORM_LIST_18_(a, ...) &orm_entity_##a, ORM_LIST_17_(__VA_ARGS__)
#define ORM_LIST_19_(a, ...) &orm_entity_##a, ORM_LIST_18_(__VA_ARGS__)
#define ORM_LIST_20_(a, ...) &orm_entity_##a, ORM_LIST_19_(__VA_ARGS__)
#define ORM_LIST_21_(a, ...) &orm_entity_##a, ORM_LIST_20_(__VA_ARGS__)
#define ORM_LIST_22_(a, ...) &orm_entity_##a, ORM_LIST_21_(__VA_ARGS__)
#define ORM_LIST_23_(a, ...) &orm_entity_##a, ORM_LIST_22_(__VA_ARGS__)
#define ORM_LIST_24_(a, ...) &orm_entity_##a, ORM_LIST_23_(__VA_ARGS__)
#define ORM_LIST_25_(a, ...) &orm_entity_##a, ORM_LIST_24_(__VA_ARGS__)
#define ORM_LIST_26_(a, ...) &orm_entity_##a, ORM_LIST_25_(__VA_ARGS__)
#define ORM_LIST_27_(a, ...) &orm_entity_##a, ORM_LIST_26_(__VA_ARGS__)
#define ORM_LIST_28_(a, ...) &orm_entity_##a, ORM_LIST_27_(__VA_ARGS__)
#define ORM_LIST_29_(a, ...) &orm_entity_##a, ORM_LIST_28_(__VA_ARGS__)
#define ORM_LIST_30_(a, ...) &orm_entity_##a, ORM_LIST_29_(__VA_ARGS__)
#define ORM_LIST_31_(a, ...) &orm_entity_##a, ORM_LIST_30_(__VA_ARGS__)
#define ORM_LIST_32_(a, ...) &orm_entity_##a, ORM_LIST_31_(__VA_ARGS__)
#define ORM_LIST_33_(a, ...) &orm_entity_##a, ORM_LIST_32_(__VA_ARGS__)
#define ORM_LIST_34_(a, ...) &orm_entity_##a, ORM_LIST_33_(__VA_ARGS__)
#define ORM_LIST_35_(a, ...) &orm_entity_##a, ORM_LIST_34_(__VA_ARGS__)
#define ORM_LIST_36_(a, ...) &orm_entity_##a, ORM_LIST_35_(__VA_ARGS__)
#define ORM_LIST_37_(a, ...) &orm_entity_##a, ORM_LIST_36_(__VA_ARGS__)
#define ORM_LIST_38_(a, ...) &orm_entity_##a, ORM_LIST_37_(__VA_ARGS__)
#define ORM_LIST_39_(a, ...) &orm_entity_##a, ORM_LIST_38_(__VA_ARGS__)
#define ORM_LIST_40_(a, ...) &orm_entity_##a, ORM_LIST_39_(__VA_ARGS__)
#define ORM_LIST_41_(a, ...) &orm_entity_##a, ORM_LIST_40_(__VA_ARGS__)
#define ORM_LIST_42_(a, ...) &orm_entity_##a, ORM_LIST_41_(__VA_ARGS__)
#define ORM_LIST_43_(a, ...) &orm_entity_##a, ORM_LIST_42_(__VA_ARGS__)
#define ORM_LIST_44_(a, ...) &orm_entity_##a, ORM_LIST_43_(__VA_ARGS__)
#define ORM_LIST_45_(a, ...) &orm_entity_##a, ORM_LIST_44_(__VA_ARGS__)
#define ORM_LIST_46_(a, ...) &orm_entity_##a, ORM_LIST_45_(__VA_ARGS__)
#define ORM_LIST_47_(a, ...) &orm_entity_##a, ORM_LIST_46_(__VA_ARGS__)
#define ORM_LIST_48_(a, ...) &orm_entity_##a, ORM_LIST_47_(__VA_ARGS__)
#define ORM_LIST_49_(a, ...) &orm_entity_##a, ORM_LIST_48_(__VA_ARGS__)
#define ORM_LIST_50_(a, ...) &orm_entity_##a, ORM_LIST_49_(__VA_ARGS__)
#define ORM_LIST_51_(a, ...) &orm_entity_##a, ORM_LIST_50_(__VA_ARGS__)
#define ORM_LIST_52_(a, ...) &orm_entity_##a, ORM_LIST_51_(__VA_ARGS__)
#define ORM_LIST_53_(a, ...) &orm_entity_##a, ORM_LIST_52_(__VA_ARGS__)
#define ORM_LIST_54_(a, ...) &orm_entity_##a, ORM_LIST_53_(__VA_ARGS__)
#define ORM_LIST_55_(a, ...) &orm_entity_##a, ORM_LIST_54_(__VA_ARGS__)
#define ORM_LIST_56_(a, ...) &orm_entity_##a, ORM_LIST_55_(__VA_ARGS__)
#define ORM_LIST_57_(a, ...) &orm_entity_##a, ORM_LIST_56_(__VA_ARGS__)
#define ORM_LIST_58_(a, ...) &orm_entity_##a, ORM_LIST_57_(__VA_ARGS__)
#define ORM_LIST_59_(a, ...) &orm_entity_##a, ORM_LIST_58_(__VA_ARGS__)
#define ORM_LIST_60_(a, ...) &orm_entity_##a, ORM_LIST_59_(__VA_ARGS__)
#define ORM_LIST_61_(a, ...) &orm_entity_##a, ORM_LIST_60_(__VA_ARGS__)
#define ORM_LIST_62_(a, ...) &orm_entity_##a, ORM_LIST_61_(__VA_ARGS__)
#define ORM_LIST_63_(a, ...) &orm_entity_##a, ORM_LIST_62_(__VA_ARGS__)
#define ORM_LIST_64_(a, ...) &orm_entity_##a, ORM_LIST_63_(__VA_ARGS__)

#define ORM_LIST_PICK_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, \
    a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, a33, a34, a35, a36, a37, a38, a39, a40, a41, \
    a42, a43, a44, a45, a46, a47, a48, a49, a50, a51, a52, a53, a54, a55, a56, a57, a58, a59, a60, a61, a62, a63, \
    a64, pick, ...) pick
#define ORM_ENTITIES(...) ((const orm_entity *const[]){ ORM_LIST_PICK_(__VA_ARGS__, ORM_LIST_64_, ORM_LIST_63_, \
    ORM_LIST_62_, ORM_LIST_61_, ORM_LIST_60_, ORM_LIST_59_, ORM_LIST_58_, ORM_LIST_57_, ORM_LIST_56_, ORM_LIST_55_, \
    ORM_LIST_54_, ORM_LIST_53_, ORM_LIST_52_, ORM_LIST_51_, ORM_LIST_50_, ORM_LIST_49_, ORM_LIST_48_, ORM_LIST_47_, \
    ORM_LIST_46_, ORM_LIST_45_, ORM_LIST_44_, ORM_LIST_43_, ORM_LIST_42_, ORM_LIST_41_, ORM_LIST_40_, ORM_LIST_39_, \
    ORM_LIST_38_, ORM_LIST_37_, ORM_LIST_36_, ORM_LIST_35_, ORM_LIST_34_, ORM_LIST_33_, ORM_LIST_32_, ORM_LIST_31_, \
    ORM_LIST_30_, ORM_LIST_29_, ORM_LIST_28_, ORM_LIST_27_, ORM_LIST_26_, ORM_LIST_25_, ORM_LIST_24_, ORM_LIST_23_, \
    ORM_LIST_22_, ORM_LIST_21_, ORM_LIST_20_, ORM_LIST_19_, ORM_LIST_18_, ORM_LIST_17_, ORM_LIST_16_, ORM_LIST_15_, \
    ORM_LIST_14_, ORM_LIST_13_, ORM_LIST_12_, ORM_LIST_11_, ORM_LIST_10_, ORM_LIST_9_, ORM_LIST_8_, ORM_LIST_7_, \
    ORM_LIST_6_, ORM_LIST_5_, ORM_LIST_4_, ORM_LIST_3_, ORM_LIST_2_, ORM_LIST_1_, 0)(__VA_ARGS__), NULL })

#endif
