#pragma OPENCL EXTENSION cl_khr_fp64 : enable  
#pragma OPENCL EXTENSION cl_khr_fp16 : enable  
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable  
__kernel void k_runnel260(__global long *_kernel_context, __constant uchar *_constant_region, __local uchar *_local_region, __global int *_atomics, __global uchar *p1, __global uchar *p2, __global uchar *p3, __global uchar *p4)
{
  ulong ul_9, ul_7, ul_39, ul_11, ul_17, ul_143, ul_21, ul_19, ul_83, ul_25, ul_89, ul_23, ul_29, ul_27, ul_2, ul_1, ul_33, ul_0, ul_31, ul_95, ul_5, ul_37, ul_3, ul_35; 
  float f_109, f_108, f_111, f_113, f_114, f_133, f_134, f_136, f_74, f_106, f_124, f_126, f_129, f_96, f_128, f_131, f_66, f_84, f_116, f_119, f_118, f_121, f_123, f_90; 
  bool b_120, b_135, b_130, b_115, b_110, b_125, b_16, b_105; 
  int i_15, i_79, i_14, i_78, i_139, i_13, i_85, i_97, i_91, i_41, i_101, i_46, i_112, i_107, i_45, i_55, i_117, i_63, i_127, i_62, i_65, i_64, i_122, i_70, i_132; 
  long l_142, l_141, l_12, l_140, l_10, l_138, l_137, l_8, l_22, l_20, l_18, l_30, l_28, l_26, l_24, l_38, l_36, l_34, l_32, l_104, l_103, l_6, l_77, l_76, l_75, l_73, l_72, l_71, l_86, l_82, l_81, l_80, l_94, l_93, l_92, l_88, l_87, l_102, l_100, l_99, l_98, l_44, l_43, l_42, l_40, l_54, l_53, l_52, l_51, l_50, l_49, l_48, l_47, l_61, l_60, l_59, l_58, l_57, l_56, l_69, l_68, l_67; 

  // BLOCK 0
  ul_0  =  (ulong) p1;
  ul_1  =  (ulong) p2;
  ul_2  =  (ulong) p3;
  ul_3  =  (ulong) p4;
  __local float adf_4[64];
  ul_5  =  ul_0 + 24L;
  l_6  =  *((__global long *) ul_5);
  ul_7  =  ul_0 + 32L;
  l_8  =  *((__global long *) ul_7);
  ul_9  =  ul_0 + 112L;
  l_10  =  *((__global long *) ul_9);
  ul_11  =  ul_0 + 104L;
  l_12  =  *((__global long *) ul_11);
  i_13  =  get_group_id(0);
  i_14  =  (int) l_10;
  i_15  =  i_13 / i_14;
  b_16  =  i_15 == 0;
  if(b_16)
  {
    // BLOCK 1
    ul_17  =  ul_0 + 40L;
    l_18  =  *((__global long *) ul_17);
    ul_19  =  ul_0 + 136L;
    l_20  =  *((__global long *) ul_19);
    ul_21  =  ul_0 + 48L;
    l_22  =  *((__global long *) ul_21);
    ul_23  =  ul_0 + 56L;
    l_24  =  *((__global long *) ul_23);
    ul_25  =  ul_0 + 64L;
    l_26  =  *((__global long *) ul_25);
    ul_27  =  ul_0 + 144L;
    l_28  =  *((__global long *) ul_27);
    ul_29  =  ul_0 + 72L;
    l_30  =  *((__global long *) ul_29);
    ul_31  =  ul_0 + 80L;
    l_32  =  *((__global long *) ul_31);
    ul_33  =  ul_0 + 152L;
    l_34  =  *((__global long *) ul_33);
    ul_35  =  ul_0 + 88L;
    l_36  =  *((__global long *) ul_35);
    ul_37  =  ul_0 + 160L;
    l_38  =  *((__global long *) ul_37);
    ul_39  =  ul_0 + 96L;
    l_40  =  *((__global long *) ul_39);
    i_41  =  i_13 % i_14;
    l_42  =  (long) i_41;
    l_43  =  l_42 * l_38;
    l_44  =  l_43 + l_36;
    i_45  =  (int) l_12;
    i_46  =  i_45 * i_41;
    l_47  =  (long) i_46;
    l_48  =  l_47 * l_40;
    l_49  =  l_44 + l_48;
    l_50  =  l_28 * l_42;
    l_51  =  l_50 + l_26;
    l_52  =  l_30 * l_47;
    l_53  =  l_51 + l_52;
    l_54  =  l_24 << 6;
    i_55  =  get_local_id(0);
    l_56  =  (long) i_55;
    l_57  =  l_56 * l_24;
    l_58  =  l_20 * l_42;
    l_59  =  l_58 + l_18;
    l_60  =  l_22 * l_47;
    l_61  =  l_59 + l_60;
    i_62  =  i_45 + i_46;
    i_63  =  (int) l_6;
    i_64  =  min(i_62, i_63);
    i_65  =  (int) l_8;
    // BLOCK 2 MERGES [1 6 ]
    f_66  =  0.0F;
    l_67  =  l_61;
    l_68  =  l_53;
    l_69  =  l_49;
    i_70  =  i_46;
    for(;i_70 < i_64;)
    {
      // BLOCK 3
      l_71  =  l_69 + l_56;
      l_72  =  l_68 + l_56;
      l_73  =  l_67 + l_57;
      // BLOCK 4 MERGES [3 5 ]
      f_74  =  f_66;
      l_75  =  l_73;
      l_76  =  l_72;
      l_77  =  l_71;
      i_78  =  i_55;
      for(;i_78 < i_65;)
      {
        // BLOCK 5
        i_79  =  (int) l_75;
        l_80  =  (long) i_79;
        l_81  =  l_80 + 4L;
        l_82  =  l_81 << 2;
        ul_83  =  ul_1 + l_82;
        f_84  =  *((__global float *) ul_83);
        i_85  =  (int) l_76;
        l_86  =  (long) i_85;
        l_87  =  l_86 + 4L;
        l_88  =  l_87 << 2;
        ul_89  =  ul_1 + l_88;
        f_90  =  *((__global float *) ul_89);
        i_91  =  (int) l_77;
        l_92  =  (long) i_91;
        l_93  =  l_92 + 4L;
        l_94  =  l_93 << 2;
        ul_95  =  ul_3 + l_94;
        *((__global float *) ul_95)  =  f_84;
        f_96  =  fma(f_84, f_90, f_74);
        i_97  =  i_78 + 64;
        l_98  =  l_77 + 64L;
        l_99  =  l_76 + 64L;
        l_100  =  l_54 + l_75;
        f_74  =  f_96;
        l_75  =  l_100;
        l_76  =  l_99;
        l_77  =  l_98;
        i_78  =  i_97;
      }  // B4
      // BLOCK 6
      i_101  =  i_70 + 1;
      l_102  =  l_69 + l_40;
      l_103  =  l_68 + l_30;
      l_104  =  l_67 + l_22;
      f_66  =  f_74;
      l_67  =  l_104;
      l_68  =  l_103;
      l_69  =  l_102;
      i_70  =  i_101;
    }  // B2
    // BLOCK 7
    adf_4[i_55]  =  f_66;
    barrier(CLK_LOCAL_MEM_FENCE);
    b_105  =  i_55 < 32;
    if(b_105)
    {
      // BLOCK 8
      f_106  =  adf_4[i_55];
      i_107  =  i_55 + 32;
      f_108  =  adf_4[i_107];
      f_109  =  f_106 + f_108;
      adf_4[i_55]  =  f_109;
    }  // B7
    else
    {
      // BLOCK 9
    }  // B7
    // BLOCK 10 MERGES [9 8 ]
    barrier(CLK_LOCAL_MEM_FENCE);
    b_110  =  i_55 < 16;
    if(b_110)
    {
      // BLOCK 11
      f_111  =  adf_4[i_55];
      i_112  =  i_55 + 16;
      f_113  =  adf_4[i_112];
      f_114  =  f_111 + f_113;
      adf_4[i_55]  =  f_114;
    }  // B10
    else
    {
      // BLOCK 12
    }  // B10
    // BLOCK 13 MERGES [12 11 ]
    barrier(CLK_LOCAL_MEM_FENCE);
    b_115  =  i_55 < 8;
    if(b_115)
    {
      // BLOCK 14
      f_116  =  adf_4[i_55];
      i_117  =  i_55 + 8;
      f_118  =  adf_4[i_117];
      f_119  =  f_116 + f_118;
      adf_4[i_55]  =  f_119;
    }  // B13
    else
    {
      // BLOCK 15
    }  // B13
    // BLOCK 16 MERGES [15 14 ]
    barrier(CLK_LOCAL_MEM_FENCE);
    b_120  =  i_55 < 4;
    if(b_120)
    {
      // BLOCK 17
      f_121  =  adf_4[i_55];
      i_122  =  i_55 + 4;
      f_123  =  adf_4[i_122];
      f_124  =  f_121 + f_123;
      adf_4[i_55]  =  f_124;
    }  // B16
    else
    {
      // BLOCK 18
    }  // B16
    // BLOCK 19 MERGES [18 17 ]
    barrier(CLK_LOCAL_MEM_FENCE);
    b_125  =  i_55 < 2;
    if(b_125)
    {
      // BLOCK 20
      f_126  =  adf_4[i_55];
      i_127  =  i_55 + 2;
      f_128  =  adf_4[i_127];
      f_129  =  f_126 + f_128;
      adf_4[i_55]  =  f_129;
    }  // B19
    else
    {
      // BLOCK 21
    }  // B19
    // BLOCK 22 MERGES [21 20 ]
    barrier(CLK_LOCAL_MEM_FENCE);
    b_130  =  i_55 < 1;
    if(b_130)
    {
      // BLOCK 23
      f_131  =  adf_4[i_55];
      i_132  =  i_55 + 1;
      f_133  =  adf_4[i_132];
      f_134  =  f_131 + f_133;
      adf_4[i_55]  =  f_134;
    }  // B22
    else
    {
      // BLOCK 24
    }  // B22
    // BLOCK 25 MERGES [24 23 ]
    barrier(CLK_LOCAL_MEM_FENCE);
    b_135  =  i_55 < 1;
    if(b_135)
    {
      // BLOCK 26
      f_136  =  adf_4[0];
      l_137  =  l_34 * l_42;
      l_138  =  l_137 + l_32;
      i_139  =  (int) l_138;
      l_140  =  (long) i_139;
      l_141  =  l_140 + 4L;
      l_142  =  l_141 << 2;
      ul_143  =  ul_2 + l_142;
      *((__global float *) ul_143)  =  f_136;
    }  // B25
    else
    {
      // BLOCK 27
    }  // B25
    // BLOCK 28 MERGES [27 26 ]
    barrier(CLK_LOCAL_MEM_FENCE);
  }  // B0
  else
  {
    // BLOCK 29
  }  // B0
  // BLOCK 30 MERGES [29 28 ]
  return;
}  //  kernel
